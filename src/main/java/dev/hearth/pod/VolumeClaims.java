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

/** Volumes: one per scope and platform for BuildKit's state, one per run for artifacts. */
public final class VolumeClaims {
    /** Annotation by which Kubernetes tells a driver to make a volume: where it follows a pod, once that has a node. */
    private static final String REQUESTED = "volume.kubernetes.io/storage-provisioner";

    private VolumeClaims() {}

    /**
     * The claim of a cache volume.
     *
     * @param atLeast size, as Kubernetes writes it, that the snapshot it is made from needs
     */
    public static PersistentVolumeClaim cache(
            String namespace,
            String pipeline,
            String scope,
            ScopeVolume volume,
            StorageChoice storage,
            Optional<String> atLeast,
            OwnerReference owner) {
        var claim = claim(namespace, volume.claim(), storage, owner)
                .editMetadata()
                .addToLabels(ObjectLabels.of(pipeline))
                .addToLabels(Map.of(ObjectLabels.SCOPE, scope, ObjectLabels.PLATFORM, Names.dashed(volume.platform())))
                .endMetadata()
                .build();
        atLeast.map(Quantity::new)
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

    /** The claim of a scope's directories of tasks. */
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

    /** Whether a claim is of directories of tasks, not of builds. */
    public static boolean isTaskCache(PersistentVolumeClaim claim) {
        return claim.getMetadata().getLabels().containsKey(ObjectLabels.TASK_CACHE);
    }

    /** The claim of what a run's steps leave for each other. */
    public static PersistentVolumeClaim files(
            String namespace, String pipeline, String run, String name, StorageChoice storage, OwnerReference owner) {
        return claim(namespace, name, storage, owner)
                .editMetadata()
                .addToLabels(ObjectLabels.ofRun(pipeline, run))
                .endMetadata()
                .build();
    }

    /** Whether a claim has lost the volume that it had, for good. */
    public static boolean isLost(PersistentVolumeClaim claim) {
        return claim.getStatus() != null && "Lost".equals(claim.getStatus().getPhase());
    }

    /** What a claim that has no volume yet is to be made from; empty for one that has, or is to be empty. */
    public static Optional<SnapshotRestore.UnboundClaim> unmade(PersistentVolumeClaim claim) {
        var unbound =
                claim.getStatus() == null || "Pending".equals(claim.getStatus().getPhase());
        var annotations = claim.getMetadata().getAnnotations();
        return Optional.ofNullable(claim.getSpec().getDataSource())
                .filter(source -> unbound
                        && source.getKind().equals("VolumeSnapshot")
                        && claim.getMetadata().getDeletionTimestamp() == null)
                .map(source -> new SnapshotRestore.UnboundClaim(
                        source.getName(), annotations != null && annotations.containsKey(REQUESTED), Optional.empty()));
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
