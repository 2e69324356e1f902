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
import org.eclipse.jgit.lib.FileMode;
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
    private final int mostEntries;

    @Inject
    public CommitChanges(ResponseBudget budget) {
        this(budget, Duration.ofSeconds(30), List.of(250, 5000), 500_000);
    }

    /** Fetches more history step by step, because usually little is needed. */
    CommitChanges(ResponseBudget budget, Duration limit, List<Integer> depths, int mostEntries) {
        this.git = new GitCall(budget, limit);
        this.depths = List.copyOf(depths);
        this.mostEntries = mostEntries;
    }

    /** Says which of the files that differ are looked for. */
    public interface Wanted {
        /**
         * Returns whether a file is looked for.
         *
         * @param directory whether it is a submodule, which is a directory with files of its own
         */
        boolean test(String path, boolean directory);
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
     * Returns the newest commit from which both commits descend. Empty if they have none within the fetched history, if they
     * have several, or if history that was not fetched could contain another one.
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
            var cut = store.getObjectDatabase().getShallowCommits();
            try (var walk = new RevWalk(store)) {
                walk.assumeShallow(cut);
                var tips = List.of(
                        walk.parseCommit(ObjectId.fromString(commit)), walk.parseCommit(ObjectId.fromString(other)));
                walk.setRevFilter(RevFilter.MERGE_BASE);
                walk.markStart(tips);
                var base = walk.next();
                if (base == null || walk.next() != null) {
                    return Optional.empty();
                }
                walk.reset();
                walk.setRevFilter(RevFilter.ALL);
                walk.markStart(tips);
                walk.markUninteresting(base);
                for (var since : walk) {
                    if (cut.contains(since)) {
                        return Optional.empty(); // behind the cut there may be another base
                    }
                }
                return Optional.of(base.name());
            }
        });
    }

    /** Returns the files that differ between two commits, until a wanted one is found. */
    public Difference between(GitRemote remote, String from, String to, Wanted wanted) throws GitException {
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
                    return difference(remote, entries, wanted);
                }
            });
        });
    }

    /** Enters folders itself, and counts them: trees of a few bytes can stand for any number of empty ones. */
    private Difference difference(GitRemote remote, TreeWalk entries, Wanted wanted) throws IOException, GitException {
        var examples = new ArrayList<String>();
        var total = 0;
        for (int walked = 0; entries.next(); walked++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException();
            }
            var path = entries.getPathString();
            if (walked >= mostEntries || path.length() > CommitTree.LONGEST_PATH) {
                throw new GitException(
                        GitException.Reason.Invalid,
                        remote.shown() + " has commits that differ in more than " + mostEntries
                                + " files and folders, or in a path that is too long for a file system");
            }
            if (entries.isSubtree()) {
                entries.enterSubtree();
                continue;
            }
            total++;
            if (wanted.test(path, isSubmodule(entries))) {
                return new Difference(total, true, List.of(path));
            }
            if (examples.size() < Difference.EXAMPLES) {
                examples.add(path);
            }
        }
        return new Difference(total, false, examples);
    }

    private static boolean isSubmodule(TreeWalk entries) {
        return FileMode.GITLINK.equals(entries.getRawMode(0)) || FileMode.GITLINK.equals(entries.getRawMode(1));
    }
}
