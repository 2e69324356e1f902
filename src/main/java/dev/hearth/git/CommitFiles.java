package dev.hearth.git;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Looks through a commit's files by name, mode and id, without their content and without a working copy. */
@ApplicationScoped
public class CommitFiles {
    private final Limited limited;
    private final long mostBytes;
    private final int mostEntries;

    public CommitFiles() {
        this(Duration.ofSeconds(30), 64L << 20, 500_000);
    }

    CommitFiles(Duration limit, long mostBytes, int mostEntries) {
        this.limited = new Limited(limit);
        this.mostBytes = mostBytes;
        this.mostEntries = mostEntries;
    }

    /**
     * Hash of the files that patterns select: the same for two commits exactly where these files have the same paths,
     * modes and content. A submodule is a directory whose content is its commit, a symbolic link a file that holds its
     * target.
     *
     * @param commit 40 hexadecimal digits, known to be on a ref
     * @param names file names that the patterns depend on
     * @param patterns lines as of a .gitignore file at the root, by which of these names the commit has in any directory
     * @return 64 hexadecimal digits, or empty if no file is selected
     */
    public Optional<String> hash(
            GitRemote remote, String commit, Set<String> names, Function<Set<String>, List<String>> patterns)
            throws GitException {
        return limited.call(remote, () -> {
            var fetch = new PartialFetch(remote, "blob:none", 1, limited.seconds(), mostBytes);
            return fetch.ofCommits(List.of(commit), (store, fetched) -> {
                var tree = new CommitTree(remote, store, fetched.getFirst().getObjectId(), mostEntries);
                return tree.hash(patterns.apply(tree.names(names)));
            });
        });
    }
}
