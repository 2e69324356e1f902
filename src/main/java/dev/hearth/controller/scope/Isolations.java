package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.cluster.Events;
import dev.hearth.controller.support.Background;
import dev.hearth.controller.support.Background.Result;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.Owners;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.isolation.Standing;
import dev.hearth.core.isolation.Verdict;
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
public class Isolations {
    static final Duration RETRY = Duration.ofSeconds(10);

    private static final String TOPIC = "isolation";

    private final NamespaceTrials trials;
    private final HearthConfig config;
    private final Events events;
    private final Background<CacheScope, Verdict> answers;

    public Isolations(NamespaceTrials trials, HearthConfig config, Events events, Clock clock) {
        this.trials = trials;
        this.config = config;
        this.events = events;
        this.answers = new Background<>(TOPIC, clock);
    }

    Background<CacheScope, Verdict> background() {
        return answers;
    }

    /**
     * What builds can have.
     *
     * @param holders runs that are to have a volume, by platform; those that have it already keep its isolation
     */
    Verdict of(ScopeObserver observer, Map<String, String> holders) {
        var scope = observer.scope();
        var passing = observer.passing(holders);
        if (passing.isEmpty()) {
            answers.forget(scope);
            return new Verdict.Unasked();
        }
        // Each run asks anew, since somebody may have changed something for it.
        var runs = new TreeSet<>(passing.values());
        var since = observer.uses().failed();
        var trust = scope.getSpec().trust();
        var forms = Verdict.candidates(
                observer.policy().isolation(), config.buildkit().isolation(), trust);
        var namespace = scope.getMetadata().getNamespace();
        var owner =
                scope.getMetadata().getOwnerReferences().stream().findFirst().orElseGet(() -> Owners.controller(scope));
        var answer = answers.ask(
                scope,
                TOPIC,
                forms + " for " + runs + " since " + since,
                RETRY,
                () -> trials.find(namespace, trust, forms, since, owner));
        if (answer.isEmpty()) {
            return new Verdict.Open(
                    new Finding("PreparingIsolation", "it is being tried how builds can be kept from their node"));
        }
        return switch (answer.get()) {
            case Result.Value<Verdict>(Verdict verdict) -> verdict;
            case Result.Failure<Verdict>(Exception cause) ->
                new Verdict.Open(new Finding("PreparingIsolation", "the trial failed: " + cause.getMessage()));
        };
    }

    /** Tells what is new. */
    void report(CacheScope scope, Standing before, Standing now) {
        now.news(before).ifPresent(news -> {
            if (now.sound()) {
                events.normal(scope, news);
            } else {
                events.warning(scope, news);
            }
        });
    }
}
