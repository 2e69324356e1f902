package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.Owners;
import dev.hearth.core.cache.Neighbours;
import dev.hearth.pod.Claims;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.stream.Collectors;

/** Looks at what the watches show of a scope, its claims, its pods and its runs. */
@ApplicationScoped
public class ScopeObservers {
    private final CacheClaims claims;
    private final SnapshotSources sources;
    private final HearthConfig config;

    public ScopeObservers(CacheClaims claims, SnapshotSources sources, HearthConfig config) {
        this.claims = claims;
        this.sources = sources;
        this.config = config;
    }

    ScopeObserver of(CacheScope scope, CachePolicySpec policy, Context<CacheScope> context) {
        var namespace = scope.getMetadata().getNamespace();
        var claimed = context.getSecondaryResources(PersistentVolumeClaim.class).stream()
                .filter(claim -> !Claims.isOfDirectories(claim))
                .toList();
        var own = own(scope, context).stream().filter(claimed::contains).toList();
        var departing = claimed.stream().filter(claim -> !own.contains(claim)).toList();
        return new ScopeObserver(
                scope,
                policy,
                config,
                context.getSecondaryResources(PipelineRun.class),
                new Uses(context.getSecondaryResources(Pod.class)),
                new Neighbours(
                        context.getPrimaryCache().list(namespace, other -> true).toList()),
                own.stream()
                        .collect(Collectors.toMap(
                                claim -> claim.getMetadata().getName(),
                                claim -> claim.getMetadata().getUid())),
                departing.stream().map(claim -> claim.getMetadata().getName()).collect(Collectors.toSet()),
                claims.restores(scope, own, policy),
                sources);
    }

    /** Claims that the scope has, those of directories too: neither on their way out, nor without their storage. */
    static List<PersistentVolumeClaim> own(CacheScope scope, Context<CacheScope> context) {
        return context.getSecondaryResources(PersistentVolumeClaim.class).stream()
                .filter(claim -> Owners.owns(scope, claim) && !claim.isMarkedForDeletion() && !Claims.isLost(claim))
                .toList();
    }
}
