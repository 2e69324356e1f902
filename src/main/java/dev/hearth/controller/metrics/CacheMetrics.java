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
 * Counts what happens to caches, by policy, pipeline and trust. There are no tags for refs, commits or runs, since
 * their number is unlimited and each would be a series of its own.
 */
@ApplicationScoped
public class CacheMetrics {
    /** Prefix of the names of all meters of caches. */
    static final String PREFIX = "hearth.cache.";

    private final MeterRegistry registry;
    private final CacheIndex index;

    public CacheMetrics(MeterRegistry registry, CacheIndex index) {
        this.registry = registry;
        this.index = index;
    }

    /**
     * Counts the eviction of a scope.
     *
     * @param pipeline namespace/name of the pipeline
     * @param reason name of an enum constant, so that the number of series is limited
     * @param bytes measured size of the scope's volumes
     */
    public void evicted(String policy, String pipeline, Trust trust, String reason, long bytes) {
        var tags = tags(new CacheTags(policy, pipeline, trust)).and("reason", reason);
        registry.counter(PREFIX + "evictions", tags).increment();
        registry.counter(PREFIX + "evicted.bytes", tags).increment((double) bytes);
    }

    /** Counts events of a volume. Must be called after the status that shows them was written. */
    public void count(CacheScope scope, List<VolumeEvents.Event> events) {
        var tags = tags(tagsOf(index, scope));
        for (VolumeEvents.Event event : events) {
            switch (event) {
                case VolumeEvents.Event.Granted(boolean warm) ->
                    registry.counter(PREFIX + "grants", tags.and("daemon", warm ? "Warm" : "New"))
                            .increment();
                case VolumeEvents.Event.Seeded(var mode, var took) -> {
                    var seeded = tags.and("mode", mode.name());
                    registry.counter(PREFIX + "seeds", seeded).increment();
                    time("seed", seeded, took);
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

    static CacheTags tagsOf(CacheIndex index, CacheScope scope) {
        return new CacheTags(
                index.policyOf(scope),
                scope.getMetadata().getNamespace() + "/" + scope.getSpec().pipeline(),
                scope.getSpec().trust());
    }

    static Tags tags(CacheTags tags) {
        return Tags.of(
                "policy",
                tags.policy(),
                "pipeline",
                tags.pipeline(),
                "trust",
                tags.trust().name());
    }

    private void steps(Tags tags, String result, long steps) {
        registry.counter(PREFIX + "steps", tags.and("result", result)).increment((double) steps);
    }

    private void time(String name, Tags tags, Duration took) {
        registry.timer(PREFIX + name, tags).record(took);
    }
}
