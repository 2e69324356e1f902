package dev.hearth.testbed;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The VolumeSnapshot API as the cluster's snapshot controller and its drivers write it. */
public final class SnapshotApi {
    private static final String GROUP = "snapshot.storage.k8s.io";
    private static final String VERSION = GROUP + "/v1";

    private final KubernetesClient client;

    public SnapshotApi(KubernetesClient client) {
        this.client = client;
    }

    /** Where its definitions are, if they could be had. */
    public static Optional<Path> definitions() {
        return Optional.ofNullable(System.getenv("HEARTH_SNAPSHOT_CRDS"))
                .filter(folder -> !folder.isEmpty())
                .map(Path::of);
    }

    /** Adds the API to the cluster, for all tests alike; it stays. */
    public void install() {
        try (var files = Files.list(definitions().orElseThrow())) {
            for (Path file : files.sorted().toList()) {
                try (var stream = Files.newInputStream(file)) {
                    client.load(stream).items().forEach(item -> {
                        client.resource(item).forceConflicts().serverSideApply();
                        client.resources(CustomResourceDefinition.class)
                                .withName(item.getMetadata().getName())
                                .waitUntilCondition(ResourceDefinitions::isEstablished, 30, TimeUnit.SECONDS);
                    });
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public MixedOperation<GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>>
            snapshots() {
        return kind("VolumeSnapshot", "volumesnapshots", true);
    }

    /** Makes a VolumeSnapshotClass of a driver, with its name. */
    public void makeClass(String driver) {
        classes()
                .resource(resource("VolumeSnapshotClass", driver)
                        .addToAdditionalProperties("driver", driver)
                        .addToAdditionalProperties("deletionPolicy", "Delete")
                        .build())
                .create();
    }

    public void removeClass(String driver) {
        classes().withName(driver).delete();
    }

    /** What a driver that has taken a snapshot makes known. */
    public void ready(GenericKubernetesResource snapshot, String driver, String volume, String restoreSize) {
        var metadata = snapshot.getMetadata();
        var content = content(snapshot);
        contents()
                .resource(resource("VolumeSnapshotContent", content)
                        .addToAdditionalProperties(
                                "spec",
                                Map.of(
                                        "deletionPolicy",
                                        "Delete",
                                        "driver",
                                        driver,
                                        "source",
                                        Map.of("volumeHandle", volume),
                                        "volumeSnapshotClassName",
                                        driver,
                                        "volumeSnapshotRef",
                                        Map.of(
                                                "apiVersion", VERSION,
                                                "kind", "VolumeSnapshot",
                                                "namespace", metadata.getNamespace(),
                                                "name", metadata.getName(),
                                                "uid", metadata.getUid())))
                        .build())
                .create();
        status(
                snapshot,
                Map.of(
                        "boundVolumeSnapshotContentName",
                        content,
                        "creationTime",
                        Instant.now().toString(),
                        "readyToUse",
                        true,
                        "restoreSize",
                        restoreSize));
    }

    /** What a driver that cannot take a snapshot makes known, again and again. */
    public void failed(GenericKubernetesResource snapshot, String message) {
        var error = Map.of("message", message, "time", Instant.now().toString());
        status(snapshot, Map.of("readyToUse", false, "error", error));
    }

    /** What is left of a snapshot that was deleted goes too. */
    public void forget(GenericKubernetesResource snapshot) {
        contents().withName(content(snapshot)).delete();
    }

    /** An event, which is how a driver complains of a claim. */
    public void warn(HasMetadata about, String driver, String reason, String message) {
        var now = Instant.now().toString();
        client.resource(new EventBuilder()
                        .withNewMetadata()
                        .withNamespace(about.getMetadata().getNamespace())
                        .withGenerateName(about.getMetadata().getName() + ".")
                        .endMetadata()
                        .withType("Warning")
                        .withReason(reason)
                        .withMessage(message)
                        .withNewInvolvedObject()
                        .withApiVersion(about.getApiVersion())
                        .withKind(about.getKind())
                        .withNamespace(about.getMetadata().getNamespace())
                        .withName(about.getMetadata().getName())
                        .withUid(about.getMetadata().getUid())
                        .endInvolvedObject()
                        .withNewSource(driver, null)
                        .withFirstTimestamp(now)
                        .withLastTimestamp(now)
                        .withCount(1)
                        .build())
                .create();
    }

    private void status(GenericKubernetesResource snapshot, Map<String, Object> status) {
        snapshots()
                .inNamespace(snapshot.getMetadata().getNamespace())
                .withName(snapshot.getMetadata().getName())
                .editStatus(it -> {
                    it.setAdditionalProperty("status", status);
                    return it;
                });
    }

    private static String content(HasMetadata snapshot) {
        return "snapcontent-" + snapshot.getMetadata().getUid();
    }

    private static GenericKubernetesResourceBuilder resource(String kind, String name) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(VERSION)
                .withKind(kind)
                .withNewMetadata()
                .withName(name)
                .endMetadata();
    }

    private MixedOperation<
                    GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>>
            classes() {
        return kind("VolumeSnapshotClass", "volumesnapshotclasses", false);
    }

    private MixedOperation<
                    GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>>
            contents() {
        return kind("VolumeSnapshotContent", "volumesnapshotcontents", false);
    }

    private MixedOperation<
                    GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>>
            kind(String kind, String plural, boolean namespaced) {
        return client.genericKubernetesResources(new ResourceDefinitionContext.Builder()
                .withGroup(GROUP)
                .withVersion("v1")
                .withKind(kind)
                .withPlural(plural)
                .withNamespaced(namespaced)
                .build());
    }
}
