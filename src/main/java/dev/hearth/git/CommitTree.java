package dev.hearth.git;

import dev.hearth.core.glob.IgnorePatterns;
import dev.hearth.git.GitException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.codec.digest.DigestUtils;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.treewalk.TreeWalk;

/**
 * Reads paths, modes and ids of a fetched commit. The number of entries is limited, because a tree of a few bytes can
 * stand for any number of files.
 */
record CommitTree(GitRemote remote, CommitStore store, ObjectId commit, int mostEntries) {
    /** The longest path on Linux. A longer one cannot be checked out. */
    static final int LONGEST_PATH = 4096;

    private static final int LONGEST_NAME = 255;

    private interface Visitor {
        /** Visits an entry, and returns whether to enter it if it is a directory. */
        boolean enters(TreeWalk entry, String path, boolean directory);
    }

    /** An entry of a directory. */
    record Entry(int mode, ObjectId id) {}

    /** Returns what a commit has at a path. Empty if there is nothing, or a part of the path is not a directory. */
    static Optional<Entry> find(CommitStore store, ObjectId commit, String path) throws IOException {
        try (var commits = new RevWalk(store);
                var found = TreeWalk.forPath(
                        store, path, commits.parseCommit(commit).getTree())) {
            return Optional.ofNullable(found).map(walk -> new Entry(walk.getRawMode(0), walk.getObjectId(0)));
        }
    }

    /** Returns the wanted names that a file in any directory has. */
    Set<String> names(Set<String> wanted) throws IOException, GitException {
        var found = new HashSet<String>();
        if (!wanted.isEmpty()) {
            walk((entry, path, directory) -> {
                var name = path.substring(path.lastIndexOf('/') + 1);
                if (!directory && wanted.contains(name)) {
                    found.add(name);
                }
                return true;
            });
        }
        return found;
    }

    /**
     * Returns the hash of the entries that the patterns match. A matching directory counts as a whole. Empty if none
     * match.
     */
    Optional<String> hash(List<String> patterns) throws IOException, GitException {
        var selection = IgnorePatterns.of(patterns);
        var digest = DigestUtils.getSha256Digest();
        var nothing = digest.digest();
        walk((entry, path, directory) -> {
            if (!selection.select(path, directory)) {
                return true;
            }
            digest.update(entry.getRawPath());
            var rest = ByteBuffer.allocate(1 + Integer.BYTES + Constants.OBJECT_ID_LENGTH);
            rest.put((byte) 0).putInt(entry.getRawMode(0));
            entry.getObjectId(0).copyRawTo(rest);
            digest.update(rest.flip());
            return false;
        });
        var hash = digest.digest();
        return MessageDigest.isEqual(hash, nothing)
                ? Optional.empty()
                : Optional.of(HexFormat.of().formatHex(hash));
    }

    private void walk(Visitor visitor) throws IOException, GitException {
        try (var commits = new RevWalk(store);
                var entries = new TreeWalk(store)) {
            entries.addTree(commits.parseCommit(commit).getTree());
            for (var walked = 0; entries.next(); walked++) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException();
                }
                var path = entries.getPathString();
                check(walked, path);
                var directory = entries.isSubtree() || FileMode.GITLINK.equals(entries.getRawMode(0));
                if (visitor.enters(entries, path, directory) && entries.isSubtree()) {
                    entries.enterSubtree();
                }
            }
        }
    }

    private void check(int walked, String path) throws GitException {
        if (walked >= mostEntries) {
            throw new GitException(
                    Reason.Invalid,
                    remote.shown() + " has more than " + mostEntries
                            + " files and directories, the limit: remove files from the repository");
        }
        if (path.length() > LONGEST_PATH || path.length() - path.lastIndexOf('/') > LONGEST_NAME + 1) {
            throw new GitException(
                    Reason.Invalid,
                    remote.shown() + " has a file whose path is too long for a file system: shorten it");
        }
    }
}
