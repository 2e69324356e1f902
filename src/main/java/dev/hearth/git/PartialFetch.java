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
 * Fetches a part of a repository into memory. If the server does not support the filter, all objects are fetched,
 * within the response budget.
 *
 * @param filter filter as for {@code git fetch --filter}
 * @param depth number of commits, or {@link #EVERYTHING}
 */
record PartialFetch(GitRemote remote, String filter, int depth, Reservation reservation) {
    static final int EVERYTHING = Integer.MAX_VALUE;

    /** Selects the refs to fetch. */
    interface Selector {
        List<Ref> select(FetchConnection connection) throws GitException;
    }

    /** Reads fetched commits. */
    interface Reader<T> {
        T read(CommitStore store, List<Ref> fetched) throws IOException, GitException;
    }

    /** Fetches the newest commit of a ref, by its full name. */
    <T> T ofRef(String ref, Reader<T> reader) throws IOException, GitException {
        return fetch(ref, connection -> List.of(tip(connection, ref)), reader);
    }

    /** Fetches commits by their ids. The caller must know that they are on refs. */
    <T> T ofCommits(List<String> commits, Reader<T> reader) throws IOException, GitException {
        List<Ref> wanted = commits.stream()
                .<Ref>map(id -> new ObjectIdRef.Unpeeled(Ref.Storage.NETWORK, id, ObjectId.fromString(id)))
                .toList();
        return fetch("HEAD", _ -> wanted, reader);
    }

    private <T> T fetch(String listed, Selector selector, Reader<T> reader) throws IOException, GitException {
        try {
            return fetch(listed, selector, reader, FilterSpec.fromFilterLine(filter));
        } catch (TransportException e) {
            if (!GitFailureReader.isFilterUnsupported(e)) {
                throw e;
            }
            return fetch(listed, selector, reader, FilterSpec.NO_FILTER);
        }
    }

    private <T> T fetch(String listed, Selector selector, Reader<T> reader, FilterSpec spec)
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
                wanted = selector.select(connection);
                connection.fetch(NullProgressMonitor.INSTANCE, wanted, Set.of());
            }
            return reader.read(store, wanted);
        }
    }

    private Ref tip(FetchConnection connection, String ref) throws GitException {
        var tip = connection.getRef(ref);
        if (tip == null || tip.getObjectId() == null) {
            throw new GitException(
                    GitException.Reason.RefNotFound,
                    remote.shown() + " has no ref " + ref + ": it was deleted or renamed");
        }
        return tip;
    }
}
