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
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.buildcache.SnapshotRestore;
import dev.hearth.core.buildcache.StorageChoice;
import dev.hearth.core.buildcache.TakenSnapshot;
import dev.hearth.core.buildcache.VolumeWarnings;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Durations;
import dev.hearth.pod.VolumeClaims;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Creates, expands and deletes the claims of a scope's cache volumes. */
@ApplicationScoped
public class ClaimKeeper {
    private static final Logger LOG = Logger.getLogger(ClaimKeeper.class);

    private final StorageResolver storage;
    private final ClaimClient claims;
    private final OwnedObjectWriter objects;
    private final SnapshotClient snapshots;
    private final PodClient pods;
    private final EventRecorder events;
    private final Clock clock;

    public ClaimKeeper(
            StorageResolver storage,
            ClaimClient claims,
            OwnedObjectWriter objects,
            SnapshotClient snapshots,
            PodClient pods,
            EventRecorder events,
            Clock clock) {
        this.storage = storage;
        this.claims = claims;
        this.objects = objects;
        this.snapshots = snapshots;
        this.pods = pods;
        this.events = events;
        this.clock = clock;
    }

    /** Returns the progress of claims that storage restores from a snapshot, by name of the claim. */
    Map<String, SnapshotRestore> restores(
            CacheScope scope, Collection<PersistentVolumeClaim> existing, CachePolicySpec policy) {
        return existing.stream()
                .flatMap(claim -> scope.volumes().stream()
                        .filter(volume ->
                                volume.claim().equals(claim.getMetadata().getName()))
                        .map(volume -> Map.entry(volume.claim(), restore(volume, claim, policy))))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private SnapshotRestore restore(ScopeVolume recorded, PersistentVolumeClaim claim, CachePolicySpec policy) {
        return VolumeClaims.pendingRestore(claim)
                .map(it -> claims.lastWarning(claim).map(it::withError).orElse(it))
                .map(it -> SnapshotRestore.of(recorded, it, Durations.parse(policy.seedWithin()), clock.instant()))
                .orElseGet(SnapshotRestore.Idle::new);
    }

    /**
     * Deletes claims whose restore has failed, since the source of a claim cannot be changed: each is created again
     * with another source.
     *
     * @return names of claims that stay because they have changed since they were observed: storage may have restored
     *     them after all, and their event triggers a reconciliation
     */
    Set<String> deleteFailedRestores(ScopeObservation observation) {
        var scope = observation.scope();
        var changed = new HashSet<String>();
        observation
                .claims()
                .usable()
                .forEach((name, claim) -> observation.failedRestore(name).ifPresent(why -> {
                    LOG.debugf("%s: deletes %s: %s", ResourceName.of(scope), ResourceName.of(claim), why);
                    if (claims.deleteUnchanged(claim)) {
                        events.warning(scope, new StatusReason(Reason.SnapshotRestoreFailed, why));
                    } else {
                        changed.add(name);
                    }
                }));
        return changed;
    }

    /** Deletes claims of the scope that have lost their volume, so that new ones can be created under their names. */
    void deleteLost(ScopeObservation observation, IndependentWork work) {
        work.each(observation.claims().lost(), claim -> {
            LOG.debugf(
                    "%s: deletes %s, which has lost its volume",
                    ResourceName.of(observation.scope()), ResourceName.of(claim));
            claims.deleteUnchanged(claim);
        });
    }

    /**
     * Deletes the volumes of another isolation that the scope used before, if no other volume was seeded from them. It
     * waits until a run has finished on each present volume, so that no pod is about to mount the former ones.
     */
    void deleteFormer(ScopeObservation observation, List<ScopeVolume> current, IndependentWork work) {
        if (current.stream().anyMatch(volume -> volume.lastUse() == null)) {
            return;
        }
        var scope = observation.scope();
        var former = new HashMap<>(observation.claims().usable());
        former.keySet().removeAll(current.stream().map(ScopeVolume::claim).collect(Collectors.toSet()));
        former.keySet().removeIf(claim -> !observation.seedIndex().pinned(claim).isEmpty());
        work.each(former.entrySet(), claim -> {
            LOG.debugf("%s: deletes claim %s of its former isolation", ResourceName.of(scope), claim.getKey());
            claims.delete(
                    scope.getMetadata().getNamespace(),
                    claim.getKey(),
                    claim.getValue().getMetadata().getUid());
        });
    }

    /**
     * Creates missing claims of volumes whose seed is decided. Existing claims keep their class and size.
     *
     * @return the volumes; one whose claim could not be created is as recorded before
     */
    List<ScopeVolume> create(
            CacheScope scope,
            List<ScopeVolume> decided,
            ScopeObservation observation,
            StorageChoice storage,
            IndependentWork work) {
        return decided.stream()
                .map(volume -> volume.seed() == null
                                || observation.claims().usable().containsKey(volume.claim())
                                // The seed is recorded without a claim too: the run's next pod must expect it.
                                || !observation.mayCreateClaim(volume)
                                || work.run(() -> create(scope, volume, storage))
                        ? volume
                        : observation.recorded(volume.platform()))
                .toList();
    }

    private void create(CacheScope scope, ScopeVolume volume, StorageChoice storage) {
        LOG.debugf("%s: creates claim %s, seed %s", ResourceName.of(scope), volume.claim(), volume.seed());
        objects.create(claim(scope, volume, storage));
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
                        .flatMap(TakenSnapshot::restoreSize)
                        .orElse(null),
                OwnerReferences.controller(scope));
    }

    /**
     * Expands claims that are smaller than the policy's size. No claim ever shrinks.
     *
     * @return a message for each claim that cannot be expanded
     */
    List<String> expand(Collection<PersistentVolumeClaim> existing, String size) {
        return existing.stream()
                .filter(claim -> claim.getStatus() != null
                        && "Bound".equals(claim.getStatus().getPhase()))
                .filter(claim -> requestedSize(claim).compareTo(new Quantity(size)) < 0)
                .flatMap(claim -> expand(claim, size).stream())
                .toList();
    }

    private Optional<String> expand(PersistentVolumeClaim claim, String size) {
        var className = claim.getSpec().getStorageClassName();
        var remains =
                "volume " + claim.getMetadata().getName() + " stays at " + requestedSize(claim) + " of " + size + ": ";
        if (!storage.isExpandable(className)) {
            return Optional.of(remains + "StorageClass " + className
                    + " has no allowVolumeExpansion; delete the scope to begin with a larger one");
        }
        LOG.debugf("%s: expands from %s to %s", ResourceName.of(claim), requestedSize(claim), size);
        return claims.expand(claim, size).map(why -> remains + why);
    }

    private static Quantity requestedSize(PersistentVolumeClaim claim) {
        return Objects.requireNonNull(
                claim.getSpec().getResources().getRequests().get("storage"),
                "the API server accepts no claim without a size");
    }

    /**
     * Deletes pods that wait for a node and were created for another seed than their volume now has: the run creates
     * them again. A pod that has a node has its volume, and adapts to what it finds there. While a claim is being
     * deleted because its restore has failed, pods are left alone: the run learns of the new seed only after that.
     */
    void deleteOutdatedPods(List<ScopeVolume> decided, ScopeObservation observation, IndependentWork work) {
        work.each(
                decided.stream()
                        .filter(volume ->
                                observation.failedRestore(volume.claim()).isEmpty())
                        .flatMap(volume -> observation.pods().outdated(volume).stream())
                        .toList(),
                pod -> {
                    LOG.debugf("%s: deletes it, its volume has another seed now", ResourceName.of(pod));
                    pods.deleteUnchanged(pod);
                });
    }

    /** Records events about changes of volumes. Must run after the status was written. */
    void recordEvents(CacheScope scope, List<ScopeVolume> decided, long volumeKib) {
        scope.volumes()
                .forEach(recorded -> decided.stream()
                        .filter(now -> now.platform().equals(recorded.platform()))
                        .flatMap(now -> VolumeWarnings.of(recorded, now, volumeKib).stream())
                        .forEach(warning -> events.warning(scope, warning)));
    }
}
