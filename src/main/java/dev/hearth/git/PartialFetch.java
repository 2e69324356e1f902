package dev.hearth.git;

import dev.hearth.budget.Reservation;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectIdRef;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.FilterSpec;
import org.eclipse.jgit.transport.RefSpec;

/**
 * Looks at a part of a repository: in memory, without what the filter leaves out if the server can do that, and within the
 * budget if it cannot.
 *
 * @param filter as {@code git fetch --filter} takes it
 * @param depth how many commits deep, or {@link #EVERYTHING}
 */
record PartialFetch(GitRemote remote, String filter, int depth, Reservation reservation) {
    static final int EVERYTHING = Integer.MAX_VALUE;

    /** What to fetch, of what the server has. */
    interface Choice {
        List<Ref> of(FetchConnection connection) throws GitException;
    }

    interface Visitor<T> {
        T at(CommitStore store, List<Ref> fetched) throws IOException, GitException;
    }

    /** Fetches the newest commit of a ref, by its full name. */
    <T> T ofRef(String ref, Visitor<T> look) throws IOException, GitException {
        return fetch(ref, connection -> List.of(tip(connection, ref)), look);
    }

    /** Fetches commits by their ids, of which it has to be known that they belong to refs. */
    <T> T ofCommits(List<String> commits, Visitor<T> look) throws IOException, GitException {
        List<Ref> wanted = commits.stream()
                .<Ref>map(id -> new ObjectIdRef.Unpeeled(Ref.Storage.NETWORK, id, ObjectId.fromString(id)))
                .toList();
        return fetch("HEAD", _ -> wanted, look);
    }

    private <T> T fetch(String listed, Choice choice, Visitor<T> look) throws IOException, GitException {
        try {
            return fetch(listed, choice, look, FilterSpec.fromFilterLine(filter));
        } catch (TransportException e) {
            if (!GitFailureReader.isUnfiltered(e)) {
                throw e;
            }
            return fetch(listed, choice, look, FilterSpec.NO_FILTER);
        }
    }

    private <T> T fetch(String listed, Choice choice, Visitor<T> look, FilterSpec spec)
            throws IOException, GitException {
        var response = reservation.response();
        try (var store = new CommitStore(response);
                var transport = GitTransport.open(remote, store, response)) {
            transport.setFilterSpec(spec);
            if (depth != EVERYTHING) {
                transport.setDepth(depth);
            }
            List<Ref> wanted;
            try (var connection = GitTransport.connect(remote, transport, List.of(new RefSpec(listed)))) {
                wanted = choice.of(connection);
                connection.fetch(NullProgressMonitor.INSTANCE, wanted, Set.of());
            }
            return look.at(store, wanted);
        }
    }

    private Ref tip(FetchConnection connection, String ref) throws GitException {
        var tip = connection.getRef(ref);
        if (tip == null || tip.getObjectId() == null) {
            throw new GitException(
                    GitException.Reason.RefNotFound,
                    remote.shown() + " has no ref " + ref + ": it was deleted, or its name is another");
        }
        return tip;
    }
}
