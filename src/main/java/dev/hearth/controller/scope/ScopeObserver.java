package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.cluster.CacheScopeClient;
import dev.hearth.config.HearthConfig;
import dev.hearth.core.buildcache.SeedIndex;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.function.Supplier;

/**
 * Observes a scope: its claims, its build pods, its runs and the other scopes of its namespace, as the watches show
 * them. Where a seed waits to be confirmed or a generation to be deleted, the other scopes are as the API server has them.
 */
@ApplicationScoped
public class ScopeObserver {
    private final ClaimKeeper claims;
    private final SnapshotKeeper snapshots;
    private final CacheScopeClient scopes;
    private final HearthConfig config;

    public ScopeObserver(ClaimKeeper claims, SnapshotKeeper snapshots, CacheScopeClient scopes, HearthConfig config) {
        this.claims = claims;
        this.snapshots = snapshots;
        this.scopes = scopes;
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
                .seedIndex(seedIndex(
                        scope,
                        scopes,
                        () -> context.getPrimaryCache()
                                .list(namespace, other -> true)
                                .toList()))
                .claims(scopeClaims)
                .restores(claims.restores(scope, scopeClaims.usable().values(), policy))
                .snapshots(snapshots)
                .build();
    }

    /** Returns the scopes of the namespace, from the API server if one that the watch does not show yet could matter. */
    static SeedIndex seedIndex(CacheScope scope, CacheScopeClient scopes, Supplier<List<CacheScope>> watched) {
        return new SeedIndex(
                scope.volumes().stream().anyMatch(ScopeVolume::dependsOnOthers)
                        ? scopes.list(scope.getMetadata().getNamespace())
                        : watched.get());
    }
}
