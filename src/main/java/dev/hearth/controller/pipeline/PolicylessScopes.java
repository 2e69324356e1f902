package dev.hearth.controller.pipeline;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.cluster.PrudentClock;
import dev.hearth.cluster.Storage;
import dev.hearth.controller.support.Attempts;
import dev.hearth.controller.support.KeptScopes;
import dev.hearth.controller.support.ScopeEvictions;
import dev.hearth.core.cache.Retention;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;

/**
 * Retention in a cluster without a default policy: what a policy that says nothing would do, done by the pipeline's own
 * controller, since there is no policy to reconcile. Scopes that name a policy which does not exist stay: it may be on its
 * way back.
 */
@ApplicationScoped
public class PolicylessScopes {
    private static final String NONE = "none";

    private final Storage storage;
    private final ScopeEvictions evictions;
    private final PrudentClock clock;

    public PolicylessScopes(Storage storage, ScopeEvictions evictions, PrudentClock clock) {
        this.storage = storage;
        this.evictions = evictions;
        this.clock = clock;
    }

    /** Of a pipeline's scopes. Whether there is a policy is asked only once something would go. */
    void evict(Collection<CacheScope> scopes, Attempts attempts) {
        var unnamed = scopes.stream()
                .filter(scope -> scope.getSpec().policy() == null)
                .toList();
        var named = scopes.stream()
                .filter(scope -> scope.getSpec().policy() != null)
                .toList();
        var retention = CachePolicySpec.DEFAULT.retention();
        var decision = new Retention(retention, clock.now()).decide(KeptScopes.of(unnamed), KeptScopes.reads(named));
        if (!decision.evictions().isEmpty() && !storage.hasDefaultPolicy()) {
            evictions.carryOut(NONE, retention, decision.evictions(), unnamed, attempts);
        }
    }
}
