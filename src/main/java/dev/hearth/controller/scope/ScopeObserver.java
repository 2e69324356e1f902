package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.buildcache.SeedIndex;
import dev.hearth.pod.VolumeClaims;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

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
        var cacheClaims = context.getSecondaryResources(PersistentVolumeClaim.class).stream()
                .filter(claim -> !VolumeClaims.isTaskCache(claim))
                .toList();
        // Of one look at the claims: they may change until the next, and one that did would be taken for lost.
        var own = cacheClaims.stream().filter(claim -> isUsable(scope, claim)).toList();
        var unusable =
                cacheClaims.stream().filter(claim -> !isUsable(scope, claim)).toList();
        return new ScopeObservation(
                scope,
                policy,
                config,
                context.getSecondaryResources(PipelineRun.class),
                new ScopeBuildPods(context.getSecondaryResources(Pod.class)),
                new SeedIndex(
                        context.getPrimaryCache().list(namespace, other -> true).toList()),
                own.stream()
                        .collect(Collectors.toMap(claim -> claim.getMetadata().getName(), Function.identity())),
                unusable.stream().map(claim -> claim.getMetadata().getName()).collect(Collectors.toSet()),
                claims.restores(scope, own, policy),
                snapshots);
    }

    /**
     * Returns the claims that the scope can use, those of task caches too. Claims that are being deleted, or have lost
     * their volume, are not among them.
     */
    static List<PersistentVolumeClaim> claims(CacheScope scope, Context<CacheScope> context) {
        return context.getSecondaryResources(PersistentVolumeClaim.class).stream()
                .filter(claim -> isUsable(scope, claim))
                .toList();
    }

    private static boolean isUsable(CacheScope scope, PersistentVolumeClaim claim) {
        return OwnerReferences.owns(scope, claim) && !claim.isMarkedForDeletion() && !VolumeClaims.isLost(claim);
    }
}
