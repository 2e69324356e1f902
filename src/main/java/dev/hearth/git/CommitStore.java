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

/**
 * An in-memory repository for fetched objects. Its size is limited because the author of a pipeline chooses the server.
 */
final class CommitStore extends InMemoryRepository {
    private static final int CACHED = 4 << 20;
    private static final int CACHED_BASES = 1 << 20;

    static {
        // JGit caches blocks of all repositories of the process, even of closed ones.
        DfsBlockCache.reconfigure(new DfsBlockCacheConfig().setBlockLimit(CACHED));
    }

    private final Response response;

    /** @param response response of the server, whose limits hold for the number and size of its objects too */
    CommitStore(Response response) {
        super(new DfsRepositoryDescription("fetched"));
        this.response = response;
        getObjectDatabase().getReaderOptions().setDeltaBaseCacheLimit(CACHED_BASES);
        // By default, JGit follows a redirect of the first request, and regards other ports of a host as the same
        // server.
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

    /** Whether a commit is {@code tip} or an ancestor of it in the fetched history. */
    boolean reaches(AnyObjectId tip, AnyObjectId commit) throws IOException {
        try (var walk = new RevWalk(this)) {
            walk.assumeShallow(getObjectDatabase().getShallowCommits());
            return getObjectDatabase().has(commit)
                    && walk.peel(walk.parseAny(tip)) instanceof RevCommit newest
                    && walk.parseAny(commit) instanceof RevCommit wanted
                    && walk.isMergedInto(wanted, newest);
        }
    }

    /** Whether the history continues beyond the fetched part. */
    boolean isCut() throws IOException {
        return !getObjectDatabase().getShallowCommits().isEmpty();
    }
}
