package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.config.HearthConfig;
import dev.hearth.core.buildcache.SeedIndex;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Observes a scope: its claims, its build pods, its runs and the other scopes of its namespace, as the watches show
 * them.
 */
@ApplicationScoped
public class ScopeObserver {
    private final ClaimKeeper claims;
    private final SnapshotKeeper snapshots;
    private final HearthConfig config;

    public ScopeObserver(ClaimKeeper claims, SnapshotKeeper snapshots, HearthConfig config) {
        this.claims = claims;
        this.snapshots = snapshots;
        this.config = config;
    }

    ScopeObservation observe(CacheScope scope, CachePolicySpec policy, Context<CacheScope> context) {
        var namespace = scope.getMetadata().getNamespace();
        var scopeClaims = new ScopeClaims(scope, context.getSecondaryResources(PersistentVolumeClaim.class));
        var pods = context.getSecondaryResources(Pod.class);
        return ScopeObservationBuilder.builder()
                .scope(scope)
                .policy(policy)
                .config(config)
                .runs(context.getSecondaryResources(PipelineRun.class))
                .allPods(pods)
                .pods(new ScopeBuildPods(pods))
                .seedIndex(new SeedIndex(
                        context.getPrimaryCache().list(namespace, other -> true).toList()))
                .claims(scopeClaims)
                .restores(claims.restores(scope, scopeClaims.usable().values(), policy))
                .snapshots(snapshots)
                .build();
    }
}
