package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus.State;
import dev.hearth.controlplane.ScriptedNamespace;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever is deleted, and however: nothing that Hearth made stays behind it. */
class SweeperLoopIT {
    private static final String REST = """
            triggers: {poll: 5s, branches: [main]}
            builds: [{name: tool, artifact: true}]
            tasks: [{name: show, image: busybox, artifacts: [tool], command: ["/artifacts/tool/tool"]}]
            """;

    @Test
    void nothingStaysOfAPipelineThatLeavesItsChildrenBehind() {
        try (var place = ScriptedNamespace.open("orphans");
                var other = ScriptedNamespace.open("neighbours")) {
            // Given: two pipelines that have run, and something that Hearth did not make
            var pipeline = ran(place);
            ran(other);
            var untouched = everything(other);
            assertThat(everything(place).values())
                    .extracting(it -> it.split("/", 2)[0])
                    .contains(
                            "Pod", "PersistentVolumeClaim", "NetworkPolicy", "ConfigMap", "CacheScope", "PipelineRun");
            var theirs = place.client()
                    .resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withNamespace(place.namespace())
                            .withName("theirs")
                            .endMetadata()
                            .build())
                    .create();
            var before = place.meter("hearth_orphans_removed_total", "kind", "CacheScope");

            // When
            place.client()
                    .resource(pipeline)
                    .withPropagationPolicy(DeletionPropagation.ORPHAN)
                    .delete();

            // Then
            place.work()
                    .until(
                            "nothing to be left",
                            () -> Optional.of(everything(place)).filter(Map::isEmpty));
            place.work()
                    .until(
                            "the removal to be counted", // which is after it can be seen
                            () -> Optional.of(place.meter("hearth_orphans_removed_total", "kind", "CacheScope"))
                                    .filter(removed -> removed > before));
            assertThat(place.client()
                            .v1()
                            .events()
                            .inNamespace(place.namespace())
                            .list()
                            .getItems())
                    .filteredOn(event -> event.getReason().equals("OrphanFound"))
                    .extracting(event -> event.getInvolvedObject().getKind())
                    .contains("CacheScope", "PipelineRun");
            assertThat(place.client().resource(theirs).get()).isNotNull();
            assertThat(everything(other)).isEqualTo(untouched);
        }
    }

    @Test
    void nothingStaysOfANamespaceThatGoesInMidRun() {
        try (var place = ScriptedNamespace.open("leaving")) {
            building(place);

            place.client().namespaces().withName(place.namespace()).delete();

            place.isGone("-build-");
            place.work()
                    .until(
                            "the namespace to go", // which Kubernetes looks at again after half of a pod's grace period
                            () -> place.client()
                                                    .namespaces()
                                                    .withName(place.namespace())
                                                    .get()
                                            == null
                                    ? Optional.of(true)
                                    : Optional.empty());
            place.work()
                    .until(
                            "its volumes to go",
                            () -> Optional.of(volumes(place)).filter(List::isEmpty));
            assertThat(everything(place)).isEmpty();
        }
    }

    @Test
    void nothingStaysOfAScopeThatGoesWhileItsBuildRuns() {
        try (var place = ScriptedNamespace.open("cleared")) {
            // Given
            var run = building(place);
            var scope = place.scope(ScriptedNamespace.MAIN);
            assertThat(owned(place, scope)).isNotEmpty();

            // When
            place.client().resource(scope).delete();
            place.pods().on("-build-").succeeds();
            place.finished(run);

            // Then: what it had is gone, and whatever is there has an owner that lives
            place.work()
                    .until(
                            "its volumes to go",
                            () -> Optional.of(owned(place, scope)).filter(List::isEmpty));
            var living = Stream.concat(
                            place
                                    .client()
                                    .resources(Pipeline.class)
                                    .inNamespace(place.namespace())
                                    .list()
                                    .getItems()
                                    .stream(),
                            objects(place))
                    .map(it -> it.getMetadata().getUid())
                    .collect(Collectors.toSet());
            assertThat(objects(place))
                    .isNotEmpty()
                    .allSatisfy(object -> assertThat(object.getMetadata().getOwnerReferences())
                            .isNotEmpty()
                            .anySatisfy(owner -> assertThat(living).contains(owner.getUid())));
        }
    }

    private static Pipeline ran(ScriptedNamespace place) {
        var pipeline = place.pipeline(REST);
        place.work().finishedRunOf(place.commit());
        place.volume(ScriptedNamespace.MAIN, volume -> volume.newest().isPresent());
        place.settled();
        return pipeline;
    }

    /** A run in the middle of a build. */
    private static PipelineRun building(ScriptedNamespace place) {
        place.pods().on("-build-").runs();
        place.pipeline(REST.replace("[main]", "[]"));
        var run = place.start();
        place.until(run, "tool/linux/amd64", State.Running);
        return run;
    }

    /** What Hearth has made in a namespace, by uid. */
    private static Map<String, String> everything(ScriptedNamespace place) {
        return objects(place)
                .collect(Collectors.toMap(
                        it -> it.getMetadata().getUid(),
                        it -> it.getKind() + "/" + it.getMetadata().getName()));
    }

    private static Stream<HasMetadata> objects(ScriptedNamespace place) {
        var client = place.client();
        var in = place.namespace();
        var label = "app.kubernetes.io/managed-by";
        return Stream.<List<? extends HasMetadata>>of(
                        client.pods()
                                .inNamespace(in)
                                .withLabel(label, "hearth")
                                .list()
                                .getItems(),
                        client.persistentVolumeClaims()
                                .inNamespace(in)
                                .withLabel(label, "hearth")
                                .list()
                                .getItems(),
                        client.network()
                                .v1()
                                .networkPolicies()
                                .inNamespace(in)
                                .withLabel(label, "hearth")
                                .list()
                                .getItems(),
                        client.configMaps()
                                .inNamespace(in)
                                .withLabel(label, "hearth")
                                .list()
                                .getItems(),
                        client.resources(CacheScope.class)
                                .inNamespace(in)
                                .list()
                                .getItems(),
                        client.resources(PipelineRun.class)
                                .inNamespace(in)
                                .list()
                                .getItems())
                .flatMap(List::stream);
    }

    private static List<String> owned(ScriptedNamespace place, CacheScope scope) {
        return objects(place)
                .filter(it -> it.getMetadata().getOwnerReferences().stream()
                        .anyMatch(owner ->
                                owner.getUid().equals(scope.getMetadata().getUid())))
                .map(it -> it.getKind() + "/" + it.getMetadata().getName())
                .toList();
    }

    private static List<PersistentVolume> volumes(ScriptedNamespace place) {
        return place.client().persistentVolumes().list().getItems().stream()
                .filter(volume -> volume.getSpec().getClaimRef() != null
                        && place.namespace()
                                .equals(volume.getSpec().getClaimRef().getNamespace()))
                .toList();
    }
}
