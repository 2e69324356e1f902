package dev.hearth.git;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.eclipse.jgit.api.LsRemoteCommand;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;

/** Lists a repository's refs, as {@code git ls-remote} does. */
@ApplicationScoped
public class RemoteRefs {
    private static final Pattern OF_INTEREST =
            Pattern.compile("refs/(heads|tags)/.+|refs/(pull|merge-requests)/[0-9]+/head");
    private static final int MOST_REFS = 50_000;

    private final Limited limited;

    public RemoteRefs() {
        this(Duration.ofSeconds(30));
    }

    RemoteRefs(Duration limit) {
        this.limited = new Limited(limit);
    }

    /**
     * Branches, tags and pull requests.
     *
     * @return full ref name to the id of the commit, 40 hexadecimal digits; an annotated tag is followed to its commit
     */
    public Map<String, String> list(GitRemote remote) throws GitException {
        return limited.call(remote, () -> {
            var command = new LsRemoteCommand(null).setRemote(remote.url()).setTimeout(limited.seconds());
            var credentials = remote.credentials();
            if (credentials != null) {
                command.setCredentialsProvider(
                        new UsernamePasswordCredentialsProvider(credentials.username(), credentials.password()));
            }
            var commits = new TreeMap<String, String>();
            for (Ref ref : command.call()) {
                if (OF_INTEREST.matcher(ref.getName()).matches()) {
                    commits.put(ref.getName(), commit(ref));
                }
            }
            if (commits.size() > MOST_REFS) {
                throw new GitException(
                        GitException.Reason.Invalid,
                        remote.url() + " has " + commits.size() + " refs, Hearth follows repositories of up to "
                                + MOST_REFS);
            }
            return commits;
        });
    }

    private static String commit(Ref ref) {
        return Optional.ofNullable(ref.getPeeledObjectId())
                .orElse(ref.getObjectId())
                .name();
    }
}
