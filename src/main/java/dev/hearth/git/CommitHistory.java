package dev.hearth.git;

import dev.hearth.budget.Reservation;
import dev.hearth.budget.ResponseBudget;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jgit.lib.ObjectId;

/**
 * Checks whether a commit is on a ref. It walks the history of the ref, and never asks whether the server knows the
 * commit: a forge serves the commits of pull requests from forks, by id, under the URL of the base repository, so a
 * commit of an untrusted user would seem to be one of the default branch.
 */
@ApplicationScoped
public class CommitHistory {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    private final GitCall git;
    private final List<Integer> depths;

    @Inject
    public CommitHistory(ResponseBudget budget) {
        this(budget, Duration.ofMinutes(2), List.of(250, 5000, PartialFetch.EVERYTHING));
    }

    /** Fetches more history step by step, because the commit is usually one of the newest. */
    CommitHistory(ResponseBudget budget, Duration limit, List<Integer> depths) {
        this.git = new GitCall(budget, limit);
        this.depths = List.copyOf(depths);
    }

    /**
     * Whether {@code commit} is the newest commit of {@code ref} or an ancestor of it. Keeps nothing on disk, and
     * fetches commits without files if the server supports it.
     *
     * @param ref full name of a branch, tag or pull request
     * @param commit 40 hexadecimal digits
     */
    public boolean contains(GitRemote remote, String ref, String commit) throws GitException {
        JGitEnvironment.install();
        if (!RefNamespaces.isKnown(ref)) {
            throw new GitException(
                    GitException.Reason.Invalid,
                    "the ref is not the full name of a branch, tag or pull request: write it like refs/heads/main");
        }
        if (!COMMIT.matcher(commit).matches()) {
            throw new GitException(GitException.Reason.Invalid, "the commit is not an id of 40 hexadecimal digits");
        }
        return git.call(remote, reservation -> {
            var id = ObjectId.fromString(commit);
            var outcome = Outcome.BEYOND;
            for (int depth : depths) {
                outcome = search(remote, ref, id, depth, reservation);
                if (outcome != Outcome.BEYOND) {
                    break;
                }
            }
            return outcome == Outcome.FOUND;
        });
    }

    private enum Outcome {
        FOUND,
        ABSENT,
        /** Not in the fetched part of the history. */
        BEYOND
    }

    private Outcome search(GitRemote remote, String ref, ObjectId commit, int depth, Reservation reservation)
            throws IOException, GitException {
        var fetch = new PartialFetch(remote, "tree:0", depth, reservation);
        return fetch.ofRef(ref, (store, fetched) -> {
            if (store.reaches(fetched.getFirst().getObjectId(), commit)) {
                return Outcome.FOUND;
            }
            return depth != PartialFetch.EVERYTHING && store.isCut() ? Outcome.BEYOND : Outcome.ABSENT;
        });
    }
}
