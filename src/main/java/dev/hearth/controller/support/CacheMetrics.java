package dev.hearth.controller.support;

import dev.hearth.api.Trust;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * What happened to caches, counted by policy, pipeline and trust. Never by ref, commit or run, of which there is no end:
 * each would be a series that is kept for ever.
 */
@ApplicationScoped
public class CacheMetrics {
    private final MeterRegistry registry;

    public CacheMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * A scope went because of its policy.
     *
     * @param pipeline as namespace/name
     * @param reason a word of a closed set
     * @param bytes what was measured on its volumes
     */
    public void evicted(String policy, String pipeline, Trust trust, String reason, long bytes) {
        var tags = tags(policy, pipeline, trust).and("reason", reason);
        registry.counter("hearth.cache.evictions", tags).increment();
        registry.counter("hearth.cache.evicted.bytes", tags).increment((double) bytes);
    }

    private static Tags tags(String policy, String pipeline, Trust trust) {
        return Tags.of("policy", policy, "pipeline", pipeline, "trust", trust.name());
    }
}
