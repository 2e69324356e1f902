package dev.hearth.controller.pipeline;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.cluster.SafeClock;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.retention.ScopeEvictor;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.RunIndex;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.core.retention.EvictionDecider;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import org.jboss.logging.Logger;

/**
 * Applies the default retention to cache scopes that no policy applies to. Without a policy there is nothing that the
 * policy controller reconciles, so the controller of the pipeline does it. Scopes that name a missing policy are kept:
 * the policy may be created again.
 */
@ApplicationScoped
public class DefaultRetention {
    private static final Logger LOG = Logger.getLogger(DefaultRetention.class);

    private static final String NONE = "none";

    private final StorageResolver storage;
    private final ScopeEvictor evictions;
    private final SafeClock clock;
    private final RunIndex runs;

    public DefaultRetention(StorageResolver storage, ScopeEvictor evictions, SafeClock clock, RunIndex runs) {
        this.storage = storage;
        this.evictions = evictions;
        this.clock = clock;
        this.runs = runs;
    }

    /**
     * Evicts scopes of a pipeline. The API server is asked for a default policy only if there is something to evict.
     */
    void evict(Collection<CacheScope> scopes, IndependentWork work) {
        var unnamed = scopes.stream()
                .filter(scope -> scope.getSpec().policy() == null)
                .toList();
        var named = scopes.stream()
                .filter(scope -> scope.getSpec().policy() != null)
                .toList();
        var retention = CachePolicySpec.DEFAULT.retention();
        var decision = new EvictionDecider(retention, clock.now())
                .decide(runs.candidates(unnamed), EvictionCandidate.seedClaims(named));
        if (!decision.evictions().isEmpty() && !storage.hasDefaultPolicy()) {
            LOG.debugf("evicts %s by the default retention", decision.evictions());
            evictions.evict(NONE, retention, decision.evictions(), unnamed, work);
        }
    }
}
