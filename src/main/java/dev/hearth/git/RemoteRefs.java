package dev.hearth.git;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.Ref;

/** Lists a repository's refs, as {@code git ls-remote} does. */
@ApplicationScoped
public class RemoteRefs {
    private static final List<String> USUAL = List.of("refs/heads/main", "refs/heads/master");

    private final Limited limited;
    private final int most;

    public RemoteRefs() {
        this(Duration.ofSeconds(30), 100_000);
    }

    RemoteRefs(Duration limit, int most) {
        this.limited = new Limited(limit);
        this.most = most;
    }

    /**
     * What a repository has, read at once.
     *
     * @param commits full name of a branch, tag or pull request to the id of its commit, 40 hexadecimal digits; an
     *     annotated tag is followed to its commit
     * @param defaultBranch full name of the branch that the repository's HEAD points to; main or master if it points
     *     nowhere
     */
    public record Listing(Map<String, String> commits, Optional<String> defaultBranch) {}

    /** The commits of {@link #read} alone. */
    public Map<String, String> list(GitRemote remote) throws GitException {
        return read(remote).commits();
    }

    public Listing read(GitRemote remote) throws GitException {
        return read(remote, Function.identity());
    }

    /** The same, of which only what is made of it stays in memory when the next repository is read. */
    public <T> T read(GitRemote remote, Function<Listing, T> summary) throws GitException {
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
                var head = Optional.ofNullable(connection.getRef(Constants.HEAD));
                return summary.apply(new Listing(
                        commits, head.flatMap(it -> branch(it, commits)).or(() -> usual(commits))));
            }
        });
    }

    /** Where a server does not say which branch HEAD is, or it is none, one with the same commit is as good. */
    private static Optional<String> branch(Ref head, Map<String, String> commits) {
        var named = head.getLeaf().getName();
        if (isBranch(named) && commits.containsKey(named)) {
            return Optional.of(named);
        }
        return commit(head)
                .flatMap(tip -> commits.entrySet().stream()
                        .filter(entry ->
                                isBranch(entry.getKey()) && entry.getValue().equals(tip))
                        .map(Map.Entry::getKey)
                        .min(Comparator.<String>comparingInt(name -> USUAL.contains(name) ? 0 : 1)
                                .thenComparing(Comparator.naturalOrder())));
    }

    /** A repository that was made on a server by hand often has a HEAD that nobody ever set. */
    private static Optional<String> usual(Map<String, String> commits) {
        return USUAL.stream().filter(commits::containsKey).findFirst();
    }

    private static boolean isBranch(String ref) {
        return ref.startsWith(Constants.R_HEADS);
    }

    private static Optional<String> commit(Ref ref) {
        return Optional.ofNullable(ref.getPeeledObjectId())
                .or(() -> Optional.ofNullable(ref.getObjectId()))
                .map(id -> id.name());
    }
}
