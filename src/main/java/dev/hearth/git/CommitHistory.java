package dev.hearth.git;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Duration;
import java.util.regex.Pattern;
import org.eclipse.jgit.lib.ObjectId;

/**
 * Says whether a commit is on a ref. It walks the history of the ref and never asks whether the server knows the commit: a
 * forge hands out the commits of every fork's pull request, by id, under the URL of the repository that it was opened
 * against, so a stranger's commit would pass for one of main.
 */
@ApplicationScoped
public class CommitHistory {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

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
                case BEYOND -> search(remote, ref, id, PartialFetch.EVERYTHING) == Outcome.FOUND;
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
        var fetch = new PartialFetch(remote, "tree:0", depth, limited.seconds(), mostBytes);
        return fetch.ofRef(ref, (store, fetched) -> {
            if (store.reaches(fetched.getFirst().getObjectId(), commit)) {
                return Outcome.FOUND;
            }
            return depth != PartialFetch.EVERYTHING && store.isCut() ? Outcome.BEYOND : Outcome.ABSENT;
        });
    }
}
