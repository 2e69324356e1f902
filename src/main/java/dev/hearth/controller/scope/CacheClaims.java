package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.cluster.Events;
import dev.hearth.cluster.OwnedObjects;
import dev.hearth.cluster.Pods;
import dev.hearth.cluster.VolumeSnapshots;
import dev.hearth.cluster.Volumes;
import dev.hearth.controller.support.Attempts;
import dev.hearth.controller.support.Owners;
import dev.hearth.core.cache.Restore;
import dev.hearth.core.cache.StorageChoice;
import dev.hearth.core.cache.TakenSnapshot;
import dev.hearth.core.cache.VolumeNews;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.plan.Durations;
import dev.hearth.pod.Claims;
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
public class CacheClaims {
    private final Volumes volumes;
    private final OwnedObjects objects;
    private final VolumeSnapshots snapshots;
    private final Pods pods;
    private final Events events;
    private final Clock clock;

    public CacheClaims(
            Volumes volumes, OwnedObjects objects, VolumeSnapshots snapshots, Pods pods, Events events, Clock clock) {
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
    Map<String, Restore> restores(CacheScope scope, Collection<PersistentVolumeClaim> claims, CachePolicySpec policy) {
        return claims.stream()
                .flatMap(claim -> scope.volumes().stream()
                        .filter(volume ->
                                volume.claim().equals(claim.getMetadata().getName()))
                        .map(volume -> Map.entry(volume.claim(), restore(scope, volume, claim, policy))))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private Restore restore(CacheScope scope, ScopeVolume before, PersistentVolumeClaim claim, CachePolicySpec policy) {
        var unmade = Claims.unmade(claim).map(it -> it.saying(volumes.complaint(claim)));
        var restore = Restore.of(before, unmade, Durations.parse(policy.seedWithin()), clock.instant());
        return switch (restore) {
            case Restore.Idle _, Restore.Waiting _ -> restore;
            case Restore.Overdue(String why) -> {
                if (!volumes.giveUp(claim)) {
                    yield new Restore.Idle(); // it has just changed: its event brings the next look
                }
                events.warning(scope, new Finding("SnapshotNotRestored", why));
                yield restore;
            }
        };
    }

    /** Deletes claims of the scope that have lost their volume for good, so that others can be made. */
    void giveUpLost(CacheScope scope, Collection<PersistentVolumeClaim> claims, Attempts attempts) {
        attempts.each(
                claims.stream()
                        .filter(claim ->
                                Owners.owns(scope, claim) && Claims.isLost(claim) && !claim.isMarkedForDeletion())
                        .toList(),
                volumes::giveUp);
    }

    /** Tells what has become of volumes; after the status was written. */
    void report(CacheScope scope, List<ScopeVolume> decided, long size) {
        scope.volumes()
                .forEach(volume -> decided.stream()
                        .filter(after -> after.platform().equals(volume.platform()))
                        .flatMap(after -> VolumeNews.of(volume, after, size).stream())
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
            ScopeObserver observer,
            StorageChoice storage,
            Attempts attempts) {
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
        return Claims.cache(
                namespace,
                scope.getSpec().pipeline(),
                scope.getMetadata().getName(),
                volume,
                storage,
                Optional.ofNullable(volume.seed())
                        .map(Seed::snapshot)
                        .flatMap(name -> snapshots.find(namespace, name))
                        .flatMap(TakenSnapshot::restoreSize),
                Owners.controller(scope));
    }

    /**
     * Ends pods that wait for their node with a seed that is not their volume's any more: the run makes them anew. One
     * that has a node has its volume, and works with what it finds there. Not at once when a claim is given up, but once
     * that is gone: by then the run knows what was decided instead.
     */
    void endOutdatedPods(List<ScopeVolume> decided, ScopeObserver observer, Attempts attempts) {
        attempts.each(
                decided.stream()
                        .filter(volume -> observer.overdue(volume.claim()).isEmpty())
                        .flatMap(volume -> observer.uses().outdated(volume).stream())
                        .toList(),
                pods::deleteUnchanged);
    }
}
