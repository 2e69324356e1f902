package dev.hearth.git;

import dev.hearth.budget.Reservation;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.core.ref.GitRef;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.Ref;
import org.jspecify.annotations.Nullable;

/** Lists the refs of a repository, as {@code git ls-remote} does. */
@ApplicationScoped
public class RemoteRefs {
    private final GitCall git;

    @Inject
    public RemoteRefs(ResponseBudget budget) {
        this(budget, Duration.ofSeconds(30));
    }

    RemoteRefs(ResponseBudget budget, Duration limit) {
        this.git = new GitCall(budget, limit);
    }

    /**
     * The refs of a repository at one moment.
     *
     * @param commits full name of a branch, tag or pull request to the id of its commit, 40 hexadecimal digits; for an
     *     annotated tag, that of the tagged commit
     * @param defaultBranch full name of the branch that the server names as HEAD; never guessed, because it is trusted
     *     and every user who may push could create a branch with a likely name
     */
    public record Listing(Map<String, String> commits, Optional<String> defaultBranch) {}

    /** Lists the refs of all kinds. */
    public <T> T read(GitRemote remote, Function<Listing, T> decision) throws GitException {
        return read(remote, EnumSet.allOf(GitRef.Kind.class), decision);
    }

    /**
     * Lists refs of a repository.
     *
     * @param kinds kinds of refs that are asked for; others may be missing in the listing
     * @param decision computes a small result from the listing, which may be large and uses the response budget until
     *     this function returns; its exceptions are thrown unchanged
     */
    public <T> T read(GitRemote remote, Set<GitRef.Kind> kinds, Function<Listing, T> decision) throws GitException {
        return git.<Supplier<T>>call(remote, reservation -> decided(decision, read(remote, kinds, reservation)))
                .get();
    }

    @SuppressWarnings("IllegalCatch") // exceptions of the caller's function are no failure of the git server
    private static <T> Supplier<T> decided(Function<Listing, T> decision, Listing listing) {
        try {
            var value = decision.apply(listing);
            return () -> value;
        } catch (RuntimeException e) {
            return () -> {
                throw e;
            };
        }
    }

    private Listing read(GitRemote remote, Set<GitRef.Kind> kinds, Reservation reservation)
            throws IOException, GitException {
        var response = reservation.response();
        try (var store = new CommitStore(response);
                var transport = GitTransport.open(remote, store, response);
                var connection = GitTransport.connect(remote, transport, RefNamespaces.of(kinds))) {
            var commits = new TreeMap<String, String>();
            for (Ref ref : connection.getRefs()) {
                if (RefNamespaces.isKnown(ref.getName())) {
                    commit(ref).ifPresent(commit -> commits.put(ref.getName(), commit));
                }
            }
            var most = response.limits().refs();
            if (commits.size() > most) {
                throw new GitException(
                        GitException.Reason.TooLarge,
                        remote.shown() + " has " + commits.size() + " refs, more than the limit of " + most
                                + ": delete unused branches and tags");
            }
            return new Listing(commits, defaultBranch(connection.getRef(Constants.HEAD), commits));
        }
    }

    private static Optional<String> defaultBranch(@Nullable Ref head, Map<String, String> commits) {
        return Optional.ofNullable(head)
                .map(it -> it.getLeaf().getName())
                .filter(name -> name.startsWith(Constants.R_HEADS) && commits.containsKey(name));
    }

    private static Optional<String> commit(Ref ref) {
        return Optional.ofNullable(ref.getPeeledObjectId())
                .or(() -> Optional.ofNullable(ref.getObjectId()))
                .map(id -> id.name());
    }
}
