package dev.hearth.cluster.storage;

import dev.hearth.api.CacheScope;
import dev.hearth.core.buildcache.SnapshotDecider.Request;
import dev.hearth.core.buildcache.TakenSnapshot;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Converts VolumeSnapshots from and to generic resources. There are no Java classes of them for the client's version.
 */
record SnapshotObjects(String group) {

    /** Returns the complete definition of the kind, so that the client does not have to discover it. */
    ResourceDefinitionContext snapshots() {
        return kind("VolumeSnapshot", "volumesnapshots", true);
    }

    ResourceDefinitionContext classes() {
        return kind("VolumeSnapshotClass", "volumesnapshotclasses", false);
    }

    String path(GenericKubernetesResource snapshot) {
        return "apis/" + group + "/v1/namespaces/" + snapshot.getMetadata().getNamespace() + "/"
                + snapshots().getPlural() + "/" + snapshot.getMetadata().getName();
    }

    private ResourceDefinitionContext kind(String kind, String plural, boolean namespaced) {
        return new ResourceDefinitionContext.Builder()
                .withGroup(group)
                .withVersion("v1")
                .withKind(kind)
                .withPlural(plural)
                .withNamespaced(namespaced)
                .build();
    }

    GenericKubernetesResource write(CacheScope scope, Request wish, String className, OwnerReference owner) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(group + "/v1")
                .withKind("VolumeSnapshot")
                .withNewMetadata()
                .withNamespace(scope.getMetadata().getNamespace())
                .withName(wish.name())
                .withOwnerReferences(owner)
                .withLabels(ObjectLabels.of(scope.getSpec().pipeline()))
                .addToLabels(ObjectLabels.SCOPE, scope.getMetadata().getName())
                .addToLabels(ObjectLabels.PLATFORM, Names.dashed(wish.platform()))
                .addToLabels(ObjectLabels.GENERATION, String.valueOf(wish.generation()))
                .endMetadata()
                .addToAdditionalProperties(
                        "spec",
                        Map.of(
                                "volumeSnapshotClassName",
                                className,
                                "source",
                                Map.of("persistentVolumeClaimName", wish.claim())))
                .build();
    }

    /**
     * Reads a snapshot. Only the cluster's snapshot controller writes the status, so a ready snapshot matches its spec.
     */
    static TakenSnapshot read(GenericKubernetesResource snapshot) {
        @Nullable Map<String, Object> error = snapshot.get("status", "error");
        @Nullable Object size = snapshot.get("status", "restoreSize");
        @Nullable String claim = snapshot.get("spec", "source", "persistentVolumeClaimName");
        var metadata = snapshot.getMetadata();
        return new TakenSnapshot(
                metadata.getName(),
                claim == null ? "" : claim,
                Instant.parse(metadata.getCreationTimestamp()),
                Boolean.TRUE.equals(snapshot.get("status", "readyToUse")) && metadata.getDeletionTimestamp() == null,
                Optional.ofNullable(error)
                        .map(it -> String.valueOf(it.getOrDefault("message", "its driver gave no message"))),
                Optional.ofNullable(size).map(Object::toString));
    }
}
