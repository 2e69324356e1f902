package dev.hearth.pod;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.core.buildcache.SnapshotRestore;
import dev.hearth.core.buildcache.StorageChoice;
import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TypedLocalObjectReference;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Builds the claims of cache volumes and of task caches, and reads the state of claims. */
public final class VolumeClaims {
    /**
     * Annotation by which Kubernetes requests a volume from a storage driver. A class with WaitForFirstConsumer
     * requests one only when a pod that mounts the claim has a node.
     */
    private static final String PROVISIONER = "volume.kubernetes.io/storage-provisioner";

    private VolumeClaims() {}

    /**
     * Returns the claim of a cache volume.
     *
     * @param atLeast size that the snapshot needs from which the volume is restored, as a Kubernetes quantity; null if it is not
     *     known
     */
    public static PersistentVolumeClaim cache(
            String namespace,
            String pipeline,
            String scope,
            ScopeVolume volume,
            StorageChoice storage,
            @Nullable String atLeast,
            OwnerReference owner) {
        var claim = claim(namespace, volume.claim(), storage, owner)
                .editMetadata()
                .addToLabels(ObjectLabels.of(pipeline))
                .addToLabels(Map.of(ObjectLabels.SCOPE, scope, ObjectLabels.PLATFORM, Names.dashed(volume.platform())))
                .endMetadata()
                .build();
        Optional.ofNullable(atLeast)
                .map(Quantity::new)
                .filter(least ->
                        least.getNumericalAmount().compareTo(new Quantity(storage.size()).getNumericalAmount()) > 0)
                .ifPresent(least -> claim.getSpec().getResources().getRequests().put("storage", least));
        Optional.ofNullable(volume.seed())
                .map(Seed::snapshot)
                .ifPresent(snapshot -> claim.getSpec()
                        .setDataSource(
                                new TypedLocalObjectReference("snapshot.storage.k8s.io", "VolumeSnapshot", snapshot)));
        return claim;
    }

    /** Returns the claim for the task caches of a cache scope. */
    public static PersistentVolumeClaim taskCaches(
            String namespace,
            String pipeline,
            String scope,
            OperatingSystem os,
            String name,
            StorageChoice storage,
            OwnerReference owner) {
        return claim(namespace, name, storage, owner)
                .editMetadata()
                .addToLabels(ObjectLabels.of(pipeline))
                .addToLabels(Map.of(
                        ObjectLabels.SCOPE,
                        scope,
                        ObjectLabels.TASK_CACHE,
                        os.name().toLowerCase(Locale.ROOT)))
                .endMetadata()
                .build();
    }

    /** Whether a claim is for task caches, not for builds. */
    public static boolean isTaskCache(PersistentVolumeClaim claim) {
        return claim.getMetadata().getLabels().containsKey(ObjectLabels.TASK_CACHE);
    }

    /** Whether the volume of a claim no longer exists. */
    public static boolean isLost(PersistentVolumeClaim claim) {
        return claim.getStatus() != null && "Lost".equals(claim.getStatus().getPhase());
    }

    /**
     * Returns the snapshot restore that a claim waits for. Empty if the claim is bound, or is not restored from a
     * snapshot.
     */
    public static Optional<SnapshotRestore.UnboundClaim> pendingRestore(PersistentVolumeClaim claim) {
        var unbound =
                claim.getStatus() == null || "Pending".equals(claim.getStatus().getPhase());
        var annotations = claim.getMetadata().getAnnotations();
        return Optional.ofNullable(claim.getSpec().getDataSource())
                .filter(source -> unbound
                        && source.getKind().equals("VolumeSnapshot")
                        && claim.getMetadata().getDeletionTimestamp() == null)
                .map(source -> new SnapshotRestore.UnboundClaim(
                        source.getName(),
                        annotations != null && annotations.containsKey(PROVISIONER),
                        Optional.empty()));
    }

    private static PersistentVolumeClaimBuilder claim(
            String namespace, String name, StorageChoice storage, OwnerReference owner) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withOwnerReferences(owner)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName(storage.className().orElse(null))
                .withNewResources()
                .addToRequests("storage", new Quantity(storage.size()))
                .endResources()
                .endSpec();
    }
}
