package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SeedMode;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.cluster.storage.SnapshotClient;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.buildcache.PollInterval;
import dev.hearth.core.buildcache.SeedSource;
import dev.hearth.core.buildcache.SnapshotDecider;
import dev.hearth.core.status.StatusReason;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Creates and deletes the VolumeSnapshots of sealed generations of trusted scopes, and checks from which of them a new
 * volume can be restored. VolumeSnapshots may be unknown to the cluster, so they are not watched but listed in each
 * reconciliation that can use them.
 */
@ApplicationScoped
public class SnapshotKeeper {
    private static final Logger LOG = Logger.getLogger(SnapshotKeeper.class);

    private final SnapshotClient snapshots;
    private final EventRecorder events;

    public SnapshotKeeper(SnapshotClient snapshots, EventRecorder events) {
        this.snapshots = snapshots;
        this.events = events;
    }

    /**
     * The state of a scope's snapshots after {@link #update}.
     *
     * @param volumes the volumes; their generations name the snapshots that other volumes can be restored from
     * @param pending snapshots that storage has not finished
     * @param problem why there are no snapshots although the policy wants them
     * @param unused names of snapshots to delete, once the status does not name them
     */
    record Result(
            List<ScopeVolume> volumes, List<PendingSnapshot> pending, Optional<String> problem, Set<String> unused) {
        /** Elapsed time assumed of a snapshot that could not be created: it is checked at the longest interval. */
        private static final Duration LONG_AGO = Duration.ofDays(1);

        /** Returns a message for everything that is wrong. */
        Stream<String> problems() {
            return Stream.concat(
                    problem.map(it -> "Snapshot is not used: " + it).stream(),
                    pending.stream()
                            .filter(snapshot -> snapshot.error() != null)
                            .map(snapshot -> "VolumeSnapshot " + snapshot.name() + " failed: " + snapshot.error()));
        }

        /** Returns when pending snapshots are to be checked again. Empty if there are none. */
        Optional<Duration> nextCheck(Instant now) {
            return pending.stream()
                    .map(snapshot -> PollInterval.after(elapsed(snapshot, now)))
                    .min(Duration::compareTo);
        }

        private static Duration elapsed(PendingSnapshot snapshot, Instant now) {
            @Nullable String since = snapshot.since();
            if (since != null) {
                return Duration.between(Instant.parse(since), now);
            }
            return snapshot.error() == null ? Duration.ZERO : LONG_AGO;
        }
    }

    /**
     * Creates missing snapshots. Unused ones are deleted by {@link #finish}.
     *
     * @param wanted whether the policy and the scope's isolation need snapshots
     * @param inUse names of snapshots that volumes are being restored from
     */
    Result update(
            CacheScope scope, CachePolicySpec policy, boolean wanted, Set<String> inUse, List<ScopeVolume> volumes) {
        var recorded = pending(scope);
        var className = policy.storage().snapshotClassName();
        var possible = wanted && className != null;
        if (!possible && recorded.isEmpty() && !namesSnapshots(volumes)) {
            return new Result(volumes, List.of(), Optional.empty(), Set.of());
        }
        var existing = snapshots.ownedBy(scope);
        if (existing.isEmpty()) {
            return new Result(volumes, recorded, Optional.of("the API server does not list VolumeSnapshots"), Set.of());
        }
        var decision = new SnapshotDecider(possible, existing.get(), inUse).decide(volumes);
        LOG.debugf("%s: creates snapshots %s, deletes %s", ResourceName.of(scope), decision.make(), decision.delete());
        if (decision.make().isEmpty() || className == null) {
            return new Result(decision.volumes(), decision.pending(), Optional.empty(), decision.delete());
        }
        var obstacle = snapshots.obstacle(className);
        if (obstacle.isPresent()) {
            var pending = decision.pending().stream()
                    .filter(snapshot -> snapshot.since() != null)
                    .toList();
            return new Result(decision.volumes(), pending, obstacle, decision.delete());
        }
        var failed = create(scope, className, decision.make());
        var pending = decision.pending().stream()
                .map(snapshot -> failed.containsKey(snapshot.name())
                        ? snapshot.withError(failed.get(snapshot.name()))
                        : snapshot)
                .toList();
        return new Result(decision.volumes(), pending, Optional.empty(), decision.delete());
    }

    /** Creates snapshots. Returns the error of each that could not be created, by its name. */
    private Map<String, String> create(CacheScope scope, String className, List<SnapshotDecider.Request> requests) {
        var failed = new HashMap<String, String>();
        requests.forEach(request -> snapshots
                .create(scope, request, className, OwnerReferences.controller(scope))
                .ifPresent(why -> failed.put(request.name(), why)));
        return failed;
    }

    /**
     * Deletes unused snapshots and records events for those that have failed. Must run after the status was written.
     */
    void finish(CacheScope scope, Result result) {
        var failedBefore = pending(scope).stream()
                .filter(snapshot -> snapshot.error() != null)
                .map(PendingSnapshot::name)
                .toList();
        result.pending().stream()
                .filter(snapshot -> snapshot.error() != null && !failedBefore.contains(snapshot.name()))
                .forEach(snapshot -> events.warning(
                        scope,
                        new StatusReason(
                                Reason.SnapshotFailed, "VolumeSnapshot " + snapshot.name() + ": " + snapshot.error())));
        result.unused().forEach(name -> snapshots.delete(scope, name));
    }

    /**
     * Returns the seed sources, without the snapshots that a new volume cannot be restored from. The status of another
     * scope may be out of date, and its snapshot may have been deleted by hand, so the API server is asked.
     */
    List<SeedSource> restorable(String namespace, CachePolicySpec policy, List<SeedSource> sources) {
        if (!policy.seed().contains(SeedMode.Snapshot)) {
            return sources;
        }
        var className = policy.storage().snapshotClassName();
        return sources.stream()
                .map(source -> className == null
                        ? source.withoutSnapshot("the policy has no spec.storage.snapshotClassName")
                        : restorable(namespace, className, source))
                .toList();
    }

    private SeedSource restorable(String namespace, String className, SeedSource source) {
        if (source.restorable().isEmpty()) {
            return snapshots.obstacle(className).map(source::withoutSnapshot).orElse(source);
        }
        var name = Objects.requireNonNull(source.restorable().get().snapshot());
        return snapshots
                .find(namespace, name)
                .filter(snapshot -> snapshot.ready()
                        && snapshot.claim().equals(source.volume().claim()))
                .map(_ -> source)
                .orElseGet(() -> source.withoutSnapshot("its VolumeSnapshot " + name + " cannot be used any more"));
    }

    private static List<PendingSnapshot> pending(CacheScope scope) {
        return Optional.ofNullable(scope.getStatus())
                .map(CacheScopeStatus::pendingSnapshots)
                .orElse(List.of());
    }

    private static boolean namesSnapshots(List<ScopeVolume> volumes) {
        return volumes.stream()
                .flatMap(volume -> volume.generations().stream())
                .anyMatch(generation -> generation.snapshot() != null);
    }
}
