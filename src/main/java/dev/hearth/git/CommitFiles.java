package dev.hearth.git;

import dev.hearth.budget.ResponseBudget;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;

/**
 * Reads the names, modes and ids of a commit's files, and the content of single files, without those of others and without
 * a working copy.
 */
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

    /**
     * Reads one file. Neither links nor submodules are followed.
     *
     * @param commit 40 hexadecimal digits, known to be on a ref
     * @param path with slashes, relative to the root
     * @param most number of bytes of the largest content that is returned
     */
    public FoundFile read(GitRemote remote, String commit, String path, int most) throws GitException {
        return git.call(remote, reservation -> {
            var fetch = new PartialFetch(remote, "blob:none", 1, reservation);
            var found = fetch.ofCommits(
                    List.of(commit),
                    (store, fetched) -> find(store, fetched.getFirst().getObjectId(), path, most));
            return switch (found) {
                case Found.Known(var file) -> file;
                case Found.Elsewhere(var id) ->
                    new PartialFetch(remote, "blob:none", PartialFetch.EVERYTHING, reservation)
                            .ofCommits(List.of(id.name()), (store, _) -> content(store, id, most));
            };
        });
    }

    /** What the tree of a commit says about a file. */
    private sealed interface Found {
        record Known(FoundFile file) implements Found {}

        /** The server has the content, and has left it out as it was told to. */
        record Elsewhere(ObjectId id) implements Found {}
    }

    private static Found find(CommitStore store, ObjectId commit, String path, int most) throws IOException {
        var entry = CommitTree.find(store, commit, path);
        if (entry.isEmpty()) {
            return new Found.Known(new FoundFile.Missing());
        }
        var id = entry.get().id();
        return switch (entry.get().mode() & FileMode.TYPE_MASK) {
            case FileMode.TYPE_FILE ->
                store.getObjectDatabase().has(id) ? new Found.Known(content(store, id, most)) : new Found.Elsewhere(id);
            case FileMode.TYPE_SYMLINK -> new Found.Known(new FoundFile.NotAFile("a symbolic link"));
            case FileMode.TYPE_GITLINK -> new Found.Known(new FoundFile.NotAFile("a submodule"));
            default -> new Found.Known(new FoundFile.NotAFile("a directory"));
        };
    }

    private static FoundFile content(CommitStore store, ObjectId id, int most) throws IOException {
        try (var reader = store.newObjectReader()) {
            var loader = reader.open(id, Constants.OBJ_BLOB);
            return loader.getSize() > most
                    ? new FoundFile.TooLarge()
                    : new FoundFile.Content(ByteBuffer.wrap(loader.getBytes(most)));
        }
    }
}
