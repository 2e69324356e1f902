package dev.hearth.git;

import dev.hearth.budget.ResponseBudget;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** Reads the names, modes and ids of a commit's files, without their content and without a working copy. */
@ApplicationScoped
public class CommitFiles {
    private final GitCall git;
    private final int mostEntries;

    @Inject
    public CommitFiles(ResponseBudget budget) {
        this(budget, Duration.ofSeconds(30), 500_000);
    }

    CommitFiles(ResponseBudget budget, Duration limit, int mostEntries) {
        this.git = new GitCall(budget, limit);
        this.mostEntries = mostEntries;
    }

    /**
     * Returns hashes of the files that patterns select. The hashes of two commits are equal if and only if these files
     * have the same paths, modes and content. A submodule counts as a directory with its commit as content, and a
     * symbolic link as a file with its target as content.
     *
     * @param commit 40 hexadecimal digits, known to be on a ref
     * @param names file names on which the patterns depend
     * @param patterns returns, for the names among these that the commit has in any directory, named lists of patterns
     *     as in a .gitignore file at the root
     * @return names of the lists to 64 hexadecimal digits, without lists that select no file
     */
    public Map<String, String> hashes(
            GitRemote remote,
            String commit,
            Set<String> names,
            Function<Set<String>, Map<String, List<String>>> patterns)
            throws GitException {
        return git.call(remote, reservation -> {
            var fetch = new PartialFetch(remote, "blob:none", 1, reservation);
            return fetch.ofCommits(List.of(commit), (store, fetched) -> {
                var tree = new CommitTree(remote, store, fetched.getFirst().getObjectId(), mostEntries);
                var hashes = new TreeMap<String, String>();
                for (var selected : patterns.apply(tree.names(names)).entrySet()) {
                    tree.hash(selected.getValue()).ifPresent(hash -> hashes.put(selected.getKey(), hash));
                }
                return hashes;
            });
        });
    }
}
