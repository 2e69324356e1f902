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

/** Looks through a commit's files by name, mode and id, without their content and without a working copy. */
@ApplicationScoped
public class CommitFiles {
    private final GitCall limited;
    private final int mostEntries;

    @Inject
    public CommitFiles(ResponseBudget budget) {
        this(budget, Duration.ofSeconds(30), 500_000);
    }

    CommitFiles(ResponseBudget budget, Duration limit, int mostEntries) {
        this.limited = new GitCall(budget, limit);
        this.mostEntries = mostEntries;
    }

    /**
     * Hashes of files that patterns select: the same for two commits exactly where these files have the same paths,
     * modes and content. A submodule is a directory whose content is its commit, a symbolic link a file that holds its
     * target.
     *
     * @param commit 40 hexadecimal digits, known to be on a ref
     * @param names file names that the patterns depend on
     * @param patterns by a name of what they decide, lines as of a .gitignore file at the root; by which of the file names
     *     the commit has in any directory
     * @return 64 hexadecimal digits by the same names; none where no file is selected
     */
    public Map<String, String> hashes(
            GitRemote remote,
            String commit,
            Set<String> names,
            Function<Set<String>, Map<String, List<String>>> patterns)
            throws GitException {
        return limited.call(remote, reservation -> {
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
