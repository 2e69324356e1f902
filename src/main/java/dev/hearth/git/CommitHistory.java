package dev.hearth.git;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.eclipse.jgit.internal.storage.dfs.DfsRepositoryDescription;
import org.eclipse.jgit.internal.storage.dfs.InMemoryRepository;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.transport.FilterSpec;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;

/**
 * Says whether a commit is on a ref. It asks the history of the ref, not whether the server knows the commit: a forge
 * hands out the commits of every fork's pull request under the URL of the repository that it was opened against.
 */
@ApplicationScoped
public class CommitHistory {
    private static final String FETCHED = "refs/hearth/ref";

    private final Limited limited;

    public CommitHistory() {
        this(Duration.ofMinutes(2));
    }

    CommitHistory(Duration limit) {
        this.limited = new Limited(limit);
    }

    /** Whether {@code commit} is the newest of {@code ref} or an ancestor of it. Keeps nothing on disk. */
    public boolean contains(GitRemote remote, String ref, String commit) throws GitException {
        return limited.call(remote, () -> {
            try (var repository = new InMemoryRepository(new DfsRepositoryDescription("history"));
                    var transport = Transport.open(repository, new URIish(remote.url()))) {
                var credentials = remote.credentials();
                if (credentials != null) {
                    transport.setCredentialsProvider(
                            new UsernamePasswordCredentialsProvider(credentials.username(), credentials.password()));
                }
                transport.setTimeout(limited.seconds());
                transport.setTagOpt(TagOpt.NO_TAGS);
                // Commits alone, from a server that can; any other sends files too, which does no harm.
                transport.setFilterSpec(FilterSpec.fromFilterLine("tree:0"));
                transport.fetch(
                        NullProgressMonitor.INSTANCE,
                        java.util.List.of(
                                new RefSpec().setSourceDestination(ref, FETCHED).setForceUpdate(true)));
                return isAncestor(repository, commit);
            }
        });
    }

    private static boolean isAncestor(InMemoryRepository repository, String commit) throws java.io.IOException {
        try (var walk = new RevWalk(repository)) {
            var id = ObjectId.fromString(commit);
            var tip = repository.resolve(FETCHED + "^{commit}");
            return tip != null
                    && repository.getObjectDatabase().has(id)
                    && walk.isMergedInto(walk.parseCommit(id), walk.parseCommit(tip));
        }
    }
}
