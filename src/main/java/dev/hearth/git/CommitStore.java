package dev.hearth.git;

import dev.hearth.budget.Response;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jgit.internal.storage.dfs.DfsBlockCache;
import org.eclipse.jgit.internal.storage.dfs.DfsBlockCacheConfig;
import org.eclipse.jgit.internal.storage.dfs.DfsInserter;
import org.eclipse.jgit.internal.storage.dfs.DfsPackParser;
import org.eclipse.jgit.internal.storage.dfs.DfsRepositoryDescription;
import org.eclipse.jgit.internal.storage.dfs.InMemoryRepository;
import org.eclipse.jgit.lib.AnyObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;

/** What was fetched: in memory, and within a limit, as the server belongs to whoever wrote the pipeline. */
final class CommitStore extends InMemoryRepository {
    private static final int CACHED = 4 << 20;
    private static final int CACHED_BASES = 1 << 20;

    static {
        // JGit keeps blocks of all repositories of the process, of those that are closed as well.
        DfsBlockCache.reconfigure(new DfsBlockCacheConfig().setBlockLimit(CACHED));
    }

    private final Response response;

    /** @param response that the objects belong to, by whose limits their number and size are limited too */
    CommitStore(Response response) {
        super(new DfsRepositoryDescription("fetched"));
        this.response = response;
        getObjectDatabase().getReaderOptions().setDeltaBaseCacheLimit(CACHED_BASES);
        // JGit follows a redirect of the first request, and takes another port of the same host for the same server.
        getConfig().setString("http", null, "followRedirects", "false");
    }

    @Override
    public ObjectInserter newObjectInserter() {
        var database = getObjectDatabase();
        return new DfsInserter(database) {
            @Override
            public DfsPackParser newPackParser(InputStream in) {
                return new BoundedParser(database, this, in, response);
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
}
