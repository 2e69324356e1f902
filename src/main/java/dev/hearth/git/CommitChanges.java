package dev.hearth.git;

import dev.hearth.budget.Reservation;
import dev.hearth.budget.ResponseBudget;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.revwalk.filter.RevFilter;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.eclipse.jgit.treewalk.filter.TreeFilter;

/** Reads what a commit says and changes. Commits are given as 40 hexadecimal digits and are known to be on refs. */
@ApplicationScoped
public class CommitChanges {
    private final GitCall git;
    private final List<Integer> depths;
    private final int mostFiles;

    @Inject
    public CommitChanges(ResponseBudget budget) {
        this(budget, Duration.ofSeconds(30), List.of(250, 5000), 100_000);
    }

    /** Fetches more history step by step, because usually little is needed. */
    CommitChanges(ResponseBudget budget, Duration limit, List<Integer> depths, int mostFiles) {
        this.git = new GitCall(budget, limit);
        this.depths = List.copyOf(depths);
        this.mostFiles = mostFiles;
    }

    /**
     * The files that differ between two commits, up to the first one that was looked for.
     *
     * @param total number of files that differ; incomplete if the wanted one was found
     * @param found whether a wanted file was found
     * @param examples paths of the first of them
     */
    public record Difference(int total, boolean found, List<String> examples) {
        static final int EXAMPLES = 8;

        public Difference {
            examples = List.copyOf(examples);
        }
    }

    /** Returns the message of a commit. */
    public String message(GitRemote remote, String commit) throws GitException {
        return git.call(remote, reservation -> {
            var fetch = new PartialFetch(remote, "tree:0", 1, reservation);
            return fetch.ofCommits(List.of(commit), (store, _) -> {
                try (var walk = new RevWalk(store)) {
                    return walk.parseCommit(ObjectId.fromString(commit)).getFullMessage();
                }
            });
        });
    }

    /**
     * Returns the newest commit from which both commits descend. Empty if they have none within the fetched history, or if
     * history that was not fetched could contain a newer one.
     */
    public Optional<String> mergeBase(GitRemote remote, String commit, String other) throws GitException {
        return git.call(remote, reservation -> {
            for (int depth : depths) {
                var found = mergeBase(remote, commit, other, depth, reservation);
                if (found.isPresent()) {
                    return found;
                }
            }
            return Optional.empty();
        });
    }

    private static Optional<String> mergeBase(
            GitRemote remote, String commit, String other, int depth, Reservation reservation)
            throws IOException, GitException {
        var wanted = List.of(commit, other).stream().distinct().toList();
        return new PartialFetch(remote, "tree:0", depth, reservation).ofCommits(wanted, (store, _) -> {
            try (var line = new Ancestry(store, commit)) {
                if (line.meet(other).mayBeNearer()) {
                    return Optional.empty();
                }
            }
            try (var walk = new RevWalk(store)) {
                walk.assumeShallow(store.getObjectDatabase().getShallowCommits());
                walk.setRevFilter(RevFilter.MERGE_BASE);
                walk.markStart(walk.parseCommit(ObjectId.fromString(commit)));
                walk.markStart(walk.parseCommit(ObjectId.fromString(other)));
                return Optional.ofNullable(walk.next()).map(ObjectId::name);
            }
        });
    }

    /** Returns the files that differ between two commits, until a wanted one is found. */
    public Difference between(GitRemote remote, String from, String to, Predicate<String> wanted) throws GitException {
        if (from.equals(to)) {
            return new Difference(0, false, List.of());
        }
        return git.call(remote, reservation -> {
            var fetch = new PartialFetch(remote, "blob:none", 1, reservation);
            return fetch.ofCommits(List.of(from, to), (store, _) -> {
                try (var commits = new RevWalk(store);
                        var entries = new TreeWalk(store)) {
                    entries.addTree(
                            commits.parseCommit(ObjectId.fromString(from)).getTree());
                    entries.addTree(commits.parseCommit(ObjectId.fromString(to)).getTree());
                    entries.setFilter(TreeFilter.ANY_DIFF);
                    entries.setRecursive(true);
                    return difference(remote, entries, wanted);
                }
            });
        });
    }

    private Difference difference(GitRemote remote, TreeWalk entries, Predicate<String> wanted)
            throws IOException, GitException {
        var examples = new ArrayList<String>();
        var total = 0;
        while (entries.next()) {
            total++;
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException();
            }
            if (total > mostFiles) {
                throw new GitException(
                        GitException.Reason.Invalid,
                        remote.shown() + " has commits that differ in more than " + mostFiles + " files");
            }
            var path = entries.getPathString();
            if (wanted.test(path)) {
                return new Difference(total, true, List.of(path));
            }
            if (examples.size() < Difference.EXAMPLES) {
                examples.add(path);
            }
        }
        return new Difference(total, false, examples);
    }
}
