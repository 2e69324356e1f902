package dev.hearth.git;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.transport.FilterSpec;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.Transport;

/**
 * Says whether a commit is on a ref. It walks the history of the ref and never asks whether the server knows the commit: a
 * forge hands out the commits of every fork's pull request, by id, under the URL of the repository that it was opened
 * against, so a stranger's commit would pass for one of main.
 */
@ApplicationScoped
public class CommitHistory {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final int EVERYTHING = Integer.MAX_VALUE;

    private final Limited limited;
    private final int recent;
    private final long mostBytes;

    public CommitHistory() {
        this(Duration.ofMinutes(2), 250, 64L << 20);
    }

    CommitHistory(Duration limit, int recent, long mostBytes) {
        this.limited = new Limited(limit);
        this.recent = recent;
        this.mostBytes = mostBytes;
    }

    /**
     * Whether {@code commit} is the newest of {@code ref} or an ancestor of it. Keeps nothing on disk, and fetches commits
     * alone, without files, from a server that can.
     *
     * @param ref full name of a branch, tag or pull request
     * @param commit 40 hexadecimal digits
     */
    public boolean contains(GitRemote remote, String ref, String commit) throws GitException {
        Isolation.install();
        if (!Refs.isKnown(ref)) {
            throw new GitException(
                    GitException.Reason.Invalid,
                    "the ref is no full name of a branch, tag or pull request such as refs/heads/main");
        }
        if (!COMMIT.matcher(commit).matches()) {
            throw new GitException(GitException.Reason.Invalid, "the commit is no id of 40 hexadecimal digits");
        }
        return limited.call(remote, () -> {
            var id = ObjectId.fromString(commit);
            return switch (search(remote, ref, id, recent)) {
                case FOUND -> true;
                case ABSENT -> false;
                case BEYOND -> search(remote, ref, id, EVERYTHING) == Outcome.FOUND;
            };
        });
    }

    private enum Outcome {
        FOUND,
        ABSENT,
        /** Not in what was fetched, which is not everything. */
        BEYOND
    }

    /** Mostly the commit was the newest a moment ago, so a long history is not fetched before a short one was tried. */
    private Outcome search(GitRemote remote, String ref, ObjectId commit, int depth) throws IOException, GitException {
        try {
            return search(remote, ref, commit, depth, FilterSpec.fromFilterLine("tree:0"));
        } catch (TransportException e) {
            if (!Diagnosis.isUnfiltered(e)) {
                throw e;
            }
            return search(remote, ref, commit, depth, FilterSpec.NO_FILTER);
        }
    }

    private Outcome search(GitRemote remote, String ref, ObjectId commit, int depth, FilterSpec filter)
            throws IOException, GitException {
        try (var store = new CommitStore(mostBytes);
                var transport = Wire.open(remote, store, limited.seconds())) {
            transport.setFilterSpec(filter);
            if (depth != EVERYTHING) {
                transport.setDepth(depth);
            }
            var tip = fetch(remote, transport, ref);
            if (store.reaches(tip, commit)) {
                return Outcome.FOUND;
            }
            return depth != EVERYTHING && store.isCut() ? Outcome.BEYOND : Outcome.ABSENT;
        }
    }

    private static ObjectId fetch(GitRemote remote, Transport transport, String ref) throws IOException, GitException {
        try (var connection = Wire.connect(remote, transport, List.of(new RefSpec(ref)))) {
            var tip = connection.getRef(ref);
            if (tip == null || tip.getObjectId() == null) {
                throw new GitException(
                        GitException.Reason.RefNotFound,
                        remote.shown() + " has no ref " + ref + ": it was deleted, or its name is another");
            }
            connection.fetch(NullProgressMonitor.INSTANCE, List.of(tip), Set.of());
            return tip.getObjectId();
        }
    }
}
