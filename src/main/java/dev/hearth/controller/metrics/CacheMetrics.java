package dev.hearth.controller.metrics;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Trust;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.core.metrics.CacheTags;
import dev.hearth.core.metrics.VolumeEvents;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;

/**
 * What happened to caches, counted by policy, pipeline and trust. Never by ref, commit or run, of which there is no end:
 * each would be a series that is kept for ever.
 */
@ApplicationScoped
public class CacheMetrics {
    /** What the names of all meters of caches begin with. */
    static final String PREFIX = "hearth.cache.";

    private final MeterRegistry registry;
    private final CacheIndex known;

    public CacheMetrics(MeterRegistry registry, CacheIndex known) {
        this.registry = registry;
        this.known = known;
    }

    /**
     * A scope went because of its policy.
     *
     * @param pipeline as namespace/name
     * @param reason a word of a closed set
     * @param bytes what was measured on its volumes
     */
    public void evicted(String policy, String pipeline, Trust trust, String reason, long bytes) {
        var tags = tags(new CacheTags(policy, pipeline, trust)).and("reason", reason);
        registry.counter(PREFIX + "evictions", tags).increment();
        registry.counter(PREFIX + "evicted.bytes", tags).increment((double) bytes);
    }

    /** Counts what happened to a volume of a scope; once what it came to is written in the scope's status. */
    public void count(CacheScope scope, List<VolumeEvents.Event> events) {
        var tags = tags(whose(known, scope));
        for (VolumeEvents.Event event : events) {
            switch (event) {
                case VolumeEvents.Event.Seeded(var mode, var took) -> {
                    var seeded = tags.and("mode", mode.name());
                    registry.counter(PREFIX + "seeds", seeded).increment();
                    took.ifPresent(it -> time("seed", seeded, it));
                }
                case VolumeEvents.Event.Sealed(var generations) ->
                    registry.counter(PREFIX + "generations.sealed", tags).increment(generations);
                case VolumeEvents.Event.Sealing(var took) -> time("seal", tags, took);
                case VolumeEvents.Event.Built(var cached, var executed) -> {
                    steps(tags, "Cached", cached);
                    steps(tags, "Executed", executed);
                }
                case VolumeEvents.Event.Degraded(var reason) ->
                    registry.counter(PREFIX + "degradations", tags.and("reason", reason.name()))
                            .increment();
            }
        }
    }

    static CacheTags whose(CacheIndex known, CacheScope scope) {
        return new CacheTags(
                known.policyOf(scope),
                scope.getMetadata().getNamespace() + "/" + scope.getSpec().pipeline(),
                scope.getSpec().trust());
    }

    static Tags tags(CacheTags whose) {
        return Tags.of(
                "policy",
                whose.policy(),
                "pipeline",
                whose.pipeline(),
                "trust",
                whose.trust().name());
    }

    private void steps(Tags tags, String result, long steps) {
        registry.counter(PREFIX + "steps", tags.and("result", result)).increment((double) steps);
    }

    private void time(String what, Tags tags, Duration took) {
        registry.timer(PREFIX + what, tags).record(took);
    }
}
