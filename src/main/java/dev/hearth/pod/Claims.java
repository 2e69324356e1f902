package dev.hearth.pod;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.core.cache.StorageChoice;
import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TypedLocalObjectReference;
import java.util.Map;
import java.util.Optional;

/** Volumes: one per scope and platform for BuildKit's state, one per run for artifacts. */
public final class Claims {
    private Claims() {}

    public static PersistentVolumeClaim cache(
            String namespace,
            String pipeline,
            String scope,
            ScopeVolume volume,
            StorageChoice storage,
            OwnerReference owner) {
        var claim = claim(namespace, volume.claim(), storage, owner)
                .editMetadata()
                .addToLabels(Labels.of(pipeline))
                .addToLabels(Map.of(Labels.SCOPE, scope, Labels.PLATFORM, Names.dashed(volume.platform())))
                .endMetadata()
                .build();
        Optional.ofNullable(volume.seed())
                .map(Seed::snapshot)
                .ifPresent(snapshot -> claim.getSpec()
                        .setDataSource(
                                new TypedLocalObjectReference("snapshot.storage.k8s.io", "VolumeSnapshot", snapshot)));
        return claim;
    }

    public static PersistentVolumeClaim artifacts(
            String namespace, String pipeline, String run, StorageChoice storage, OwnerReference owner) {
        return claim(namespace, Names.artifacts(run), storage, owner)
                .editMetadata()
                .addToLabels(Labels.ofRun(pipeline, run))
                .endMetadata()
                .build();
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
