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
import java.util.stream.Collectors;

/** Looks at what the watches show of a scope, its claims, its pods and its runs. */
@ApplicationScoped
public class ScopeObserver {
    private final ClaimKeeper claims;
    private final RestorableSeeds sources;
    private final HearthConfig config;

    public ScopeObserver(ClaimKeeper claims, RestorableSeeds sources, HearthConfig config) {
        this.claims = claims;
        this.sources = sources;
        this.config = config;
    }

    VolumeObserver observe(CacheScope scope, CachePolicySpec policy, Context<CacheScope> context) {
        var namespace = scope.getMetadata().getNamespace();
        var claimed = context.getSecondaryResources(PersistentVolumeClaim.class).stream()
                .filter(claim -> !VolumeClaims.isTaskCache(claim))
                .toList();
        var own = claims(scope, context).stream().filter(claimed::contains).toList();
        var departing = claimed.stream().filter(claim -> !own.contains(claim)).toList();
        return new VolumeObserver(
                scope,
                policy,
                config,
                context.getSecondaryResources(PipelineRun.class),
                new ScopeBuildPods(context.getSecondaryResources(Pod.class)),
                new SeedIndex(
                        context.getPrimaryCache().list(namespace, other -> true).toList()),
                own.stream()
                        .collect(Collectors.toMap(
                                claim -> claim.getMetadata().getName(),
                                claim -> claim.getMetadata().getUid())),
                departing.stream().map(claim -> claim.getMetadata().getName()).collect(Collectors.toSet()),
                claims.pendingRestores(scope, own, policy),
                sources);
    }

    /** Claims that the scope has, those of directories too: neither on their way out, nor without their storage. */
    static List<PersistentVolumeClaim> claims(CacheScope scope, Context<CacheScope> context) {
        return context.getSecondaryResources(PersistentVolumeClaim.class).stream()
                .filter(claim -> OwnerReferences.owns(scope, claim)
                        && !claim.isMarkedForDeletion()
                        && !VolumeClaims.isLost(claim))
                .toList();
    }
}
