package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Reason;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.preflight.NamespacePreflight;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.isolation.IsolationDecision;
import dev.hearth.core.isolation.IsolationStatus;
import dev.hearth.core.status.StatusReason;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.TreeSet;

/**
 * The isolation that a scope's builds have. Asked when a volume passes to a run, which then keeps the answer: it is
 * recorded with the volume, and whoever makes the run's pod reads it there.
 */
@ApplicationScoped
public class IsolationResolver {
    static final Duration RETRY = Duration.ofSeconds(10);

    private static final String TOPIC = "isolation";

    private final NamespacePreflight trials;
    private final HearthConfig config;
    private final EventRecorder events;
    private final BackgroundWork<CacheScope, IsolationDecision> answers;

    public IsolationResolver(NamespacePreflight trials, HearthConfig config, EventRecorder events, Clock clock) {
        this.trials = trials;
        this.config = config;
        this.events = events;
        this.answers = new BackgroundWork<>(TOPIC, clock);
    }

    BackgroundWork<CacheScope, IsolationDecision> background() {
        return answers;
    }

    /**
     * What builds can have.
     *
     * @param holders runs that are to have a volume, by platform; those that have it already keep its isolation
     */
    IsolationDecision resolve(VolumeObserver observer, Map<String, String> holders) {
        var scope = observer.scope();
        var passing = observer.passing(holders);
        if (passing.isEmpty()) {
            answers.forget(scope);
            return new IsolationDecision.NotNeeded();
        }
        // Each run asks anew, since somebody may have changed something for it.
        var runs = new TreeSet<>(passing.values());
        var since = observer.uses().failed();
        var trust = scope.getSpec().trust();
        var forms = IsolationDecision.candidates(
                observer.policy().isolation(), config.buildkit().isolation(), trust);
        var namespace = scope.getMetadata().getNamespace();
        var owner = scope.getMetadata().getOwnerReferences().stream()
                .findFirst()
                .orElseGet(() -> OwnerReferences.controller(scope));
        var answer = answers.ask(
                scope,
                TOPIC,
                forms + " for " + runs + " since " + since,
                RETRY,
                () -> trials.find(namespace, trust, forms, since, owner));
        if (answer.isEmpty()) {
            return new IsolationDecision.Open(new StatusReason(
                    Reason.CheckingIsolation, "it is being tried how builds can be kept from their node"));
        }
        return switch (answer.get()) {
            case Result.Value<IsolationDecision>(IsolationDecision verdict) -> verdict;
            case Result.Failure<IsolationDecision>(Exception cause) ->
                new IsolationDecision.Open(
                        new StatusReason(Reason.CheckingIsolation, "the trial failed: " + cause.getMessage()));
        };
    }

    /** Tells what is new. */
    void report(CacheScope scope, IsolationStatus before, IsolationStatus now) {
        now.change(before).ifPresent(news -> {
            if (now.isFullyIsolated()) {
                events.normal(scope, news);
            } else {
                events.warning(scope, news);
            }
        });
    }
}
