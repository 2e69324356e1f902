package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.pod.VolumeClaims;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The claims of a scope, from one look at the watch. A claim may change between two looks, and one that did would be
 * taken for lost.
 *
 * @param all claims with the labels of the scope, those of task caches and of an earlier scope of this name too
 */
record ScopeClaims(CacheScope scope, Collection<PersistentVolumeClaim> all) {

    /** Returns the cache claims that the scope can use, by name. */
    Map<String, PersistentVolumeClaim> usable() {
        return cacheClaims()
                .filter(this::isUsable)
                .collect(Collectors.toMap(claim -> claim.getMetadata().getName(), Function.identity()));
    }

    /**
     * Returns the names of cache claims that are being deleted, have lost their volume, or belong to an earlier scope of
     * this name. Until such a claim is gone, its name cannot be used.
     */
    Set<String> unusable() {
        return cacheClaims()
                .filter(claim -> !isUsable(claim))
                .map(claim -> claim.getMetadata().getName())
                .collect(Collectors.toSet());
    }

    /** Returns the claims that the scope can use, those of task caches too. */
    List<PersistentVolumeClaim> expandable() {
        return all.stream().filter(this::isUsable).toList();
    }

    /** Returns the claims of the scope that have lost their volume and are not being deleted yet. */
    List<PersistentVolumeClaim> lost() {
        return all.stream()
                .filter(claim -> OwnerReferences.owns(scope, claim)
                        && VolumeClaims.isLost(claim)
                        && !claim.isMarkedForDeletion())
                .toList();
    }

    /** Returns the claims of task caches, by name. */
    Map<String, PersistentVolumeClaim> taskCaches() {
        return all.stream()
                .filter(VolumeClaims::isTaskCache)
                .collect(Collectors.toMap(claim -> claim.getMetadata().getName(), Function.identity()));
    }

    private Stream<PersistentVolumeClaim> cacheClaims() {
        return all.stream().filter(claim -> !VolumeClaims.isTaskCache(claim));
    }

    private boolean isUsable(PersistentVolumeClaim claim) {
        return OwnerReferences.owns(scope, claim) && !claim.isMarkedForDeletion() && !VolumeClaims.isLost(claim);
    }
}
