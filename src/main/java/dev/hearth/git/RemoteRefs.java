package dev.hearth.git;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.jgit.lib.Ref;

/** Lists a repository's refs, as {@code git ls-remote} does. */
@ApplicationScoped
public class RemoteRefs {
    private final Limited limited;
    private final int most;

    public RemoteRefs() {
        this(Duration.ofSeconds(30), 50_000);
    }

    RemoteRefs(Duration limit, int most) {
        this.limited = new Limited(limit);
        this.most = most;
    }

    /**
     * Branches, tags and pull requests, read at once.
     *
     * @return full ref name to the id of the commit, 40 hexadecimal digits; an annotated tag is followed to its commit
     */
    public Map<String, String> list(GitRemote remote) throws GitException {
        return limited.call(remote, () -> {
            try (var store = new CommitStore(0);
                    var transport = Wire.open(remote, store, limited.seconds());
                    var connection = Wire.connect(remote, transport, Refs.ALL)) {
                var commits = new TreeMap<String, String>();
                for (Ref ref : connection.getRefs()) {
                    if (Refs.isKnown(ref.getName())) {
                        commit(ref).ifPresent(commit -> commits.put(ref.getName(), commit));
                    }
                }
                if (commits.size() > most) {
                    throw new GitException(
                            GitException.Reason.Invalid,
                            remote.shown() + " has " + commits.size() + " refs, more than the " + most
                                    + " that Hearth follows: delete branches and tags that nobody needs");
                }
                return commits;
            }
        });
    }

    private static Optional<String> commit(Ref ref) {
        return Optional.ofNullable(ref.getPeeledObjectId())
                .or(() -> Optional.ofNullable(ref.getObjectId()))
                .map(id -> id.name());
    }
}
