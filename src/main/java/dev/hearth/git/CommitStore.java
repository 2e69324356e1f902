package dev.hearth.git;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jgit.internal.storage.dfs.DfsRepositoryDescription;
import org.eclipse.jgit.internal.storage.dfs.InMemoryRepository;
import org.eclipse.jgit.lib.AnyObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.transport.PackParser;

/** What was fetched: in memory, and within a limit, as the server belongs to whoever wrote the pipeline. */
final class CommitStore extends InMemoryRepository {
    private static final long LARGEST_OBJECT = 16L << 20;

    private final long mostBytes;

    CommitStore(long mostBytes) {
        super(new DfsRepositoryDescription("fetched"));
        this.mostBytes = mostBytes;
        // JGit follows a redirect of the first request, and takes another port of the same host for the same server.
        getConfig().setString("http", null, "followRedirects", "false");
    }

    @Override
    public ObjectInserter newObjectInserter() {
        var inserter = super.newObjectInserter();
        return new ObjectInserter.Filter() {
            @Override
            protected ObjectInserter delegate() {
                return inserter;
            }

            @Override
            public PackParser newPackParser(InputStream in) throws IOException {
                var parser = inserter.newPackParser(new Limit(in, mostBytes));
                parser.setMaxObjectSizeLimit(LARGEST_OBJECT);
                return parser;
            }
        };
    }

    /** Whether a commit is {@code tip} or, as far as the history was fetched, an ancestor of it. */
    boolean reaches(AnyObjectId tip, AnyObjectId commit) throws IOException {
        try (var walk = new RevWalk(this)) {
            walk.assumeShallow(getObjectDatabase().getShallowCommits());
            return getObjectDatabase().has(commit)
                    && walk.peel(walk.parseAny(tip)) instanceof RevCommit newest
                    && walk.parseAny(commit) instanceof RevCommit wanted
                    && walk.isMergedInto(wanted, newest);
        }
    }

    /** Whether the history goes on beyond what was fetched. */
    boolean isCut() throws IOException {
        return !getObjectDatabase().getShallowCommits().isEmpty();
    }

    /** The server sent more than a history may have. */
    static final class TooLarge extends IOException {}

    private static final class Limit extends FilterInputStream {
        private long left;

        Limit(InputStream in, long most) {
            super(in);
            this.left = most;
        }

        @Override
        public int read() throws IOException {
            var read = super.read();
            count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            var read = super.read(bytes, offset, length);
            count(read);
            return read;
        }

        private void count(int read) throws TooLarge {
            left -= Math.max(0, read);
            if (left < 0) {
                throw new TooLarge();
            }
        }
    }
}
