package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.cluster.PodClient;
import dev.hearth.cluster.storage.ClaimClient;
import dev.hearth.cluster.storage.SnapshotClient;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.buildcache.SnapshotRestore;
import dev.hearth.core.buildcache.StorageChoice;
import dev.hearth.core.buildcache.TakenSnapshot;
import dev.hearth.core.buildcache.VolumeWarnings;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Durations;
import dev.hearth.pod.VolumeClaims;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Makes the claims of a scope's volumes, and gives up those that storage makes no volume for. */
@ApplicationScoped
public class ClaimKeeper {
    private final ClaimClient volumes;
    private final OwnedObjectWriter objects;
    private final SnapshotClient snapshots;
    private final PodClient pods;
    private final EventRecorder events;
    private final Clock clock;

    public ClaimKeeper(
            ClaimClient volumes,
            OwnedObjectWriter objects,
            SnapshotClient snapshots,
            PodClient pods,
            EventRecorder events,
            Clock clock) {
        this.volumes = volumes;
        this.objects = objects;
        this.snapshots = snapshots;
        this.pods = pods;
        this.events = events;
        this.clock = clock;
    }

    /**
     * Where each volume, by its claim, stands that is to be made from a snapshot. A claim that storage had its time for is
     * deleted, since what a claim is made from cannot be changed: it is made anew from what is decided then.
     */
    Map<String, SnapshotRestore> pendingRestores(
            CacheScope scope, Collection<PersistentVolumeClaim> claims, CachePolicySpec policy) {
        return claims.stream()
                .flatMap(claim -> scope.volumes().stream()
                        .filter(volume ->
                                volume.claim().equals(claim.getMetadata().getName()))
                        .map(volume -> Map.entry(volume.claim(), restore(scope, volume, claim, policy))))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private SnapshotRestore restore(
            CacheScope scope, ScopeVolume before, PersistentVolumeClaim claim, CachePolicySpec policy) {
        var unmade = VolumeClaims.unmade(claim).map(it -> it.withError(volumes.complaint(claim)));
        var restore = SnapshotRestore.of(before, unmade, Durations.parse(policy.seedWithin()), clock.instant());
        return switch (restore) {
            case SnapshotRestore.Idle _, SnapshotRestore.Waiting _ -> restore;
            case SnapshotRestore.Overdue(String why) -> {
                if (!volumes.giveUp(claim)) {
                    yield new SnapshotRestore.Idle(); // it has just changed: its event brings the next look
                }
                events.warning(scope, new StatusReason(Reason.SnapshotRestoreFailed, why));
                yield restore;
            }
        };
    }

    /** Deletes claims of the scope that have lost their volume for good, so that others can be made. */
    void giveUpLost(CacheScope scope, Collection<PersistentVolumeClaim> claims, IndependentWork attempts) {
        attempts.each(
                claims.stream()
                        .filter(claim -> OwnerReferences.owns(scope, claim)
                                && VolumeClaims.isLost(claim)
                                && !claim.isMarkedForDeletion())
                        .toList(),
                volumes::giveUp);
    }

    /** Tells what has become of volumes; after the status was written. */
    void report(CacheScope scope, List<ScopeVolume> decided, long size) {
        scope.volumes()
                .forEach(volume -> decided.stream()
                        .filter(after -> after.platform().equals(volume.platform()))
                        .flatMap(after -> VolumeWarnings.of(volume, after, size).stream())
                        .forEach(news -> events.warning(scope, news)));
    }

    /**
     * Makes what is missing, once it is known what it starts from; what exists keeps its class and size.
     *
     * @return the volumes; of one whose claim could not be made, what was known before
     */
    List<ScopeVolume> make(
            CacheScope scope,
            List<ScopeVolume> decided,
            VolumeObserver observer,
            StorageChoice storage,
            IndependentWork attempts) {
        return decided.stream()
                .map(volume -> volume.seed() == null
                                || observer.claims().containsKey(volume.claim())
                                // Recorded all the same: the run's next pod is to expect what was decided.
                                || !observer.mayMake(volume)
                                || attempts.run(() -> objects.create(claim(scope, volume, storage)))
                        ? volume
                        : observer.before(volume.platform()))
                .toList();
    }

    private PersistentVolumeClaim claim(CacheScope scope, ScopeVolume volume, StorageChoice storage) {
        var namespace = scope.getMetadata().getNamespace();
        return VolumeClaims.cache(
                namespace,
                scope.getSpec().pipeline(),
                scope.getMetadata().getName(),
                volume,
                storage,
                Optional.ofNullable(volume.seed())
                        .map(Seed::snapshot)
                        .flatMap(name -> snapshots.find(namespace, name))
                        .flatMap(TakenSnapshot::restoreSize),
                OwnerReferences.controller(scope));
    }

    /**
     * Ends pods that wait for their node with a seed that is not their volume's any more: the run makes them anew. One
     * that has a node has its volume, and works with what it finds there. Not at once when a claim is given up, but once
     * that is gone: by then the run knows what was decided instead.
     */
    void endOutdatedPods(List<ScopeVolume> decided, VolumeObserver observer, IndependentWork attempts) {
        attempts.each(
                decided.stream()
                        .filter(volume -> observer.overdue(volume.claim()).isEmpty())
                        .flatMap(volume -> observer.uses().outdated(volume).stream())
                        .toList(),
                pods::deleteUnchanged);
    }
}
