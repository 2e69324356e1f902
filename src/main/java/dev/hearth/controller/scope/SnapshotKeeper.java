package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.cluster.storage.SnapshotClient;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.buildcache.SnapshotDecider;
import dev.hearth.core.status.StatusReason;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps SnapshotClient of what trusted scopes have sealed. Their kind may be missing from the cluster, so it is not
 * watched but looked at in each reconciliation that could use it.
 */
@ApplicationScoped
public class SnapshotKeeper {
    private final SnapshotClient cluster;
    private final EventRecorder events;

    public SnapshotKeeper(SnapshotClient cluster, EventRecorder events) {
        this.cluster = cluster;
        this.events = events;
    }

    /** Makes the snapshots that are missing; what is to be deleted waits for {@link #report}. */
    SnapshotResult keep(
            CacheScope scope, CachePolicySpec policy, boolean wanted, Set<String> inUse, List<ScopeVolume> volumes) {
        var before = Optional.ofNullable(scope.getStatus())
                .map(CacheScopeStatus::pendingSnapshots)
                .orElse(List.of());
        var className = policy.storage().snapshotClassName();
        var possible = wanted && className != null;
        if (!possible && before.isEmpty() && !named(volumes)) {
            return new SnapshotResult(volumes, List.of(), Optional.empty(), Set.of());
        }
        var known = cluster.ownedBy(scope);
        if (known.isEmpty()) {
            return new SnapshotResult(
                    volumes, before, Optional.of("the API server does not list VolumeSnapshots"), Set.of());
        }
        var decision = new SnapshotDecider(possible, known.get(), inUse).decide(volumes);
        if (decision.make().isEmpty() || className == null) {
            return new SnapshotResult(decision.volumes(), decision.pending(), Optional.empty(), decision.delete());
        }
        var obstacle = cluster.obstacle(className);
        if (obstacle.isPresent()) {
            var pending = decision.pending().stream()
                    .filter(snapshot -> snapshot.since() != null)
                    .toList();
            return new SnapshotResult(decision.volumes(), pending, obstacle, decision.delete());
        }
        var failed = make(scope, className, decision.make());
        var pending = decision.pending().stream()
                .map(snapshot ->
                        failed.containsKey(snapshot.name()) ? snapshot.failed(failed.get(snapshot.name())) : snapshot)
                .toList();
        return new SnapshotResult(decision.volumes(), pending, Optional.empty(), decision.delete());
    }

    private Map<String, String> make(CacheScope scope, String className, List<SnapshotDecider.Request> wishes) {
        var failed = new HashMap<String, String>();
        wishes.forEach(wish -> cluster.make(scope, wish, className, OwnerReferences.controller(scope))
                .ifPresent(why -> failed.put(wish.name(), why)));
        return failed;
    }

    /** Deletes what is of no more use, and tells of what has failed; after the status was written. */
    void report(CacheScope scope, SnapshotResult kept) {
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
                        new StatusReason(
                                Reason.SnapshotFailed, "VolumeSnapshot " + snapshot.name() + ": " + snapshot.error())));
        kept.delete().forEach(name -> cluster.delete(scope, name));
    }

    private static boolean named(List<ScopeVolume> volumes) {
        return volumes.stream()
                .flatMap(volume -> volume.generations().stream())
                .anyMatch(generation -> generation.snapshot() != null);
    }
}
