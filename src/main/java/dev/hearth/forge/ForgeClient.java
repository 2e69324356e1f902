package dev.hearth.forge;

import dev.hearth.budget.ResponseBudget;
import dev.hearth.config.HearthConfig;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.http.OutboundRequests;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Calls forges within the response budget and a time limit. */
@ApplicationScoped
public class ForgeClient {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final ResponseBudget budget;
    private final boolean loopback;
    private final Clock clock;
    private final InstallationTokens installations;

    public ForgeClient(ResponseBudget budget, HearthConfig config, Clock clock) {
        this.budget = budget;
        this.loopback = config.network().loopback();
        this.clock = clock;
        this.installations = new InstallationTokens(clock);
    }

    /** A few requests to a forge. */
    @FunctionalInterface
    public interface Work<T> {
        T with(ForgeApi forge) throws ForgeException;
    }

    /** The forge of one credential. */
    public interface Session {
        /** Does a few requests, which have one time limit. */
        <T> T call(Work<T> work) throws ForgeException;
    }

    /** Does work with a forge. {@code namespace} is the one whose turn of the budget the work uses. */
    public <T> T call(String namespace, ForgeLogin login, Work<T> work) throws ForgeException {
        var address = login.address();
        try {
            return budget.call(namespace, LIMIT, reservation -> {
                try (var requests = OutboundRequests.trusting(login.authorities(), loopback, reservation)) {
                    return work.with(open(address, login.credential(), requests));
                }
            });
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case ForgeException known -> known;
                case Error broken -> throw broken;
                case RuntimeException unexpected -> throw unexpected;
                case Exception other -> ForgeException.unreachable(address, other);
                case null, default -> throw new IllegalStateException("cannot call " + address.host(), e);
            };
        } catch (TimeoutException e) {
            throw ForgeException.timedOut(address, LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ForgeException.unreachable(address, e);
        }
    }

    private ForgeApi open(ForgeAddress address, ForgeCredential credential, OutboundRequests requests) {
        return switch (credential) {
            case ForgeCredential.Token(String token) ->
                switch (address.type()) {
                    case GitHub -> GitHubCompatible.gitHub(address, token, requests, clock);
                    case GitLab -> new GitLab(address, token, requests, clock);
                    case Gitea, Forgejo -> GitHubCompatible.gitea(address, token, requests, clock);
                };
            case ForgeCredential.App app ->
                GitHubCompatible.gitHubApp(
                        address, app.id(), installations.of(address, app, requests), requests, clock);
        };
    }
}
