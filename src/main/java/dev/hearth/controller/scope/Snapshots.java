package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.ScopeVolume;
import dev.hearth.cluster.Events;
import dev.hearth.cluster.VolumeSnapshots;
import dev.hearth.controller.support.Owners;
import dev.hearth.core.cache.SnapshotDecider;
import dev.hearth.core.diagnosis.Finding;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps VolumeSnapshots of what trusted scopes have sealed. Their kind may be missing from the cluster, so it is not
 * watched but looked at in each reconciliation that could use it.
 */
@ApplicationScoped
public class Snapshots {
    private final VolumeSnapshots cluster;
    private final Events events;

    public Snapshots(VolumeSnapshots cluster, Events events) {
        this.cluster = cluster;
        this.events = events;
    }

    /** Makes the snapshots that are missing; what is to be deleted waits for {@link #report}. */
    KeptSnapshots keep(
            CacheScope scope, CachePolicySpec policy, boolean wanted, Set<String> inUse, List<ScopeVolume> volumes) {
        var before = Optional.ofNullable(scope.getStatus())
                .map(CacheScopeStatus::pendingSnapshots)
                .orElse(List.of());
        var className = policy.storage().snapshotClassName();
        var possible = wanted && className != null;
        if (!possible && before.isEmpty() && !named(volumes)) {
            return new KeptSnapshots(volumes, List.of(), Optional.empty(), Set.of());
        }
        var known = cluster.ownedBy(scope);
        if (known.isEmpty()) {
            return new KeptSnapshots(
                    volumes, before, Optional.of("the API server does not list VolumeSnapshots"), Set.of());
        }
        var decision = new SnapshotDecider(possible, known.get(), inUse).decide(volumes);
        if (decision.make().isEmpty() || className == null) {
            return new KeptSnapshots(decision.volumes(), decision.pending(), Optional.empty(), decision.delete());
        }
        var obstacle = cluster.obstacle(className);
        if (obstacle.isPresent()) {
            var pending = decision.pending().stream()
                    .filter(snapshot -> snapshot.since() != null)
                    .toList();
            return new KeptSnapshots(decision.volumes(), pending, obstacle, decision.delete());
        }
        var failed = make(scope, className, decision.make());
        var pending = decision.pending().stream()
                .map(snapshot ->
                        failed.containsKey(snapshot.name()) ? snapshot.failed(failed.get(snapshot.name())) : snapshot)
                .toList();
        return new KeptSnapshots(decision.volumes(), pending, Optional.empty(), decision.delete());
    }

    private Map<String, String> make(CacheScope scope, String className, List<SnapshotDecider.Wish> wishes) {
        var failed = new HashMap<String, String>();
        wishes.forEach(wish -> cluster.make(scope, wish, className, Owners.controller(scope))
                .ifPresent(why -> failed.put(wish.name(), why)));
        return failed;
    }

    /** Deletes what is of no more use, and tells of what has failed; after the status was written. */
    void report(CacheScope scope, KeptSnapshots kept) {
        var failedBefore =
                Optional.ofNullable(scope.getStatus())
                        .map(CacheScopeStatus::pendingSnapshots)
                        .orElse(List.of())
                        .stream()
                        .filter(snapshot -> snapshot.error() != null)
                        .map(PendingSnapshot::name)
                        .toList();
        kept.pending().stream()
                .filter(snapshot -> snapshot.error() != null && !failedBefore.contains(snapshot.name()))
                .forEach(snapshot -> events.warning(
                        scope,
                        new Finding("SnapshotFailed", "VolumeSnapshot " + snapshot.name() + ": " + snapshot.error())));
        kept.delete().forEach(name -> cluster.delete(scope, name));
    }

    private static boolean named(List<ScopeVolume> volumes) {
        return volumes.stream()
                .flatMap(volume -> volume.generations().stream())
                .anyMatch(generation -> generation.snapshot() != null);
    }
}
