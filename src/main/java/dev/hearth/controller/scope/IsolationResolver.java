package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Reason;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.preflight.NamespacePreflight;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.isolation.IsolationDecision;
import dev.hearth.core.isolation.IsolationStatus;
import dev.hearth.core.status.StatusReason;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.TreeSet;
import org.jboss.logging.Logger;

/**
 * Resolves the isolation of a scope's builds, by a preflight in the background. It is resolved when a volume is granted
 * to a run, and recorded with the volume. The run's build pod gets the recorded isolation.
 */
@ApplicationScoped
public class IsolationResolver {
    private static final Logger LOG = Logger.getLogger(IsolationResolver.class);

    static final Duration RETRY = Duration.ofSeconds(10);

    private static final String TOPIC = "isolation";

    private final NamespacePreflight preflights;
    private final HearthConfig config;
    private final EventRecorder events;
    private final BackgroundWork<CacheScope, IsolationDecision> answers;

    public IsolationResolver(NamespacePreflight preflights, HearthConfig config, EventRecorder events, Clock clock) {
        this.preflights = preflights;
        this.config = config;
        this.events = events;
        this.answers = new BackgroundWork<>(TOPIC, clock);
    }

    BackgroundWork<CacheScope, IsolationDecision> background() {
        return answers;
    }

    /**
     * Returns the isolation of builds of runs that do not have their volume yet.
     *
     * @param holders runs that have a volume from now on, by platform
     */
    IsolationDecision resolve(ScopeObservation observation, Map<String, String> holders) {
        var scope = observation.scope();
        var newHolders = observation.newHolders(holders);
        if (newHolders.isEmpty()) {
            answers.forget(scope);
            return new IsolationDecision.NotNeeded();
        }
        // The answer counts for these runs only: an admin may have changed the namespace for the next one.
        var runs = new TreeSet<>(newHolders.values());
        var since = observation.pods().lastFailure();
        var trust = scope.getSpec().trust();
        var forms = IsolationDecision.candidates(
                observation.policy().isolation(), config.buildkit().isolation(), trust);
        var namespace = scope.getMetadata().getNamespace();
        var owner = scope.getMetadata().getOwnerReferences().stream()
                .findFirst()
                .orElseGet(() -> OwnerReferences.controller(scope));
        var answer = answers.ask(
                scope,
                TOPIC,
                forms + " for " + runs + " since " + since,
                RETRY,
                () -> preflights.find(namespace, trust, forms, since, owner));
        if (answer.isEmpty()) {
            return new IsolationDecision.Open(new StatusReason(
                    Reason.CheckingIsolation, "checking which isolation of builds this cluster supports"));
        }
        return switch (answer.get()) {
            case Result.Value<IsolationDecision>(IsolationDecision decision) -> {
                LOG.debugf("%s: isolation for runs %s is %s", ResourceName.of(scope), runs, decision);
                yield decision;
            }
            case Result.Failure<IsolationDecision>(Exception cause) ->
                new IsolationDecision.Open(
                        new StatusReason(Reason.CheckingIsolation, "the preflight failed: " + cause.getMessage()));
        };
    }

    /** Records an event if the isolation has changed. */
    void recordEvent(CacheScope scope, IsolationStatus before, IsolationStatus now) {
        now.change(before).ifPresent(change -> {
            if (now.isFullyIsolated()) {
                events.normal(scope, change);
            } else {
                events.warning(scope, change);
            }
        });
    }
}
