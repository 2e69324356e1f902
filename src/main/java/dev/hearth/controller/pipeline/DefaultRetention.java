package dev.hearth.controller.pipeline;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.cluster.SafeClock;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.retention.EvictionCandidateReader;
import dev.hearth.controller.retention.ScopeEvictor;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.core.retention.EvictionDecider;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;

/**
 * Retention in a cluster without a default policy: what a policy that says nothing would do, done by the pipeline's own
 * controller, since there is no policy to reconcile. Scopes that name a policy which does not exist stay: it may be on its
 * way back.
 */
@ApplicationScoped
public class DefaultRetention {
    private static final String NONE = "none";

    private final StorageResolver storage;
    private final ScopeEvictor evictions;
    private final SafeClock clock;

    public DefaultRetention(StorageResolver storage, ScopeEvictor evictions, SafeClock clock) {
        this.storage = storage;
        this.evictions = evictions;
        this.clock = clock;
    }

    /** Of a pipeline's scopes. Whether there is a policy is asked only once something would go. */
    void evict(Collection<CacheScope> scopes, IndependentWork attempts) {
        var unnamed = scopes.stream()
                .filter(scope -> scope.getSpec().policy() == null)
                .toList();
        var named = scopes.stream()
                .filter(scope -> scope.getSpec().policy() != null)
                .toList();
        var retention = CachePolicySpec.DEFAULT.retention();
        var decision = new EvictionDecider(retention, clock.now())
                .decide(EvictionCandidateReader.of(unnamed), EvictionCandidateReader.reads(named));
        if (!decision.evictions().isEmpty() && !storage.hasDefaultPolicy()) {
            evictions.evict(NONE, retention, decision.evictions(), unnamed, attempts);
        }
    }
}
