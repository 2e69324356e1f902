package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
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
class SweeperE2E {
    private static final String REST = """
            builds: [{name: tool, artifact: true}]
            tasks: [{name: show, image: busybox, artifacts: [tool], command: ["/artifacts/tool/tool"]}]
            """;

    @Test
    void nothingStaysOfAPipelineThatLeavesItsChildrenBehind() {
        try (var work = TestNamespace.open("orphans");
                var repository = work.repository();
                var other = TestNamespace.open("neighbours");
                var others = other.repository()) {
            // Given: two pipelines that have run
            var pipeline = ran(work, repository);
            ran(other, others);
            var untouched = everything(other);
            assertThat(everything(work).values())
                    .extracting(it -> it.split("/", 2)[0])
                    .contains(
                            "Pod", "PersistentVolumeClaim", "NetworkPolicy", "ConfigMap", "CacheScope", "PipelineRun");
            var before = removed(work, "CacheScope");

            // When
            work.client()
                    .resource(pipeline)
                    .withPropagationPolicy(DeletionPropagation.ORPHAN)
                    .delete();

            // Then
            work.until("nothing to be left", () -> Optional.of(everything(work)).filter(Map::isEmpty));
            assertThat(removed(work, "CacheScope")).isGreaterThan(before);
            assertThat(work.client()
                            .v1()
                            .events()
                            .inNamespace(work.namespace())
                            .list()
                            .getItems())
                    .filteredOn(event -> event.getReason().equals("OrphanFound"))
                    .extracting(event -> event.getInvolvedObject().getKind())
                    .contains("CacheScope", "PipelineRun");
            assertThat(everything(other)).isEqualTo(untouched);
        }
    }

    @Test
    void nothingStaysOfANamespaceThatGoesInMidRun() {
        try (var work = TestNamespace.open("leaving");
                var repository = work.repository()) {
            building(work, repository);

            work.client().namespaces().withName(work.namespace()).delete();

            work.until(
                    "the namespace to go",
                    () -> work.client().namespaces().withName(work.namespace()).get() == null
                            ? Optional.of(true)
                            : Optional.empty());
            work.until("its volumes to go", () -> Optional.of(volumes(work)).filter(List::isEmpty));
            assertThat(everything(work)).isEmpty();
        }
    }

    @Test
    void nothingStaysOfAScopeThatGoesWhileItsBuildRuns() {
        try (var work = TestNamespace.open("cleared");
                var repository = work.repository()) {
            // Given
            var run = building(work, repository);
            var scope = CacheFixture.scope(work, "refs/heads/main");
            var owned = owned(work, scope);
            assertThat(owned).isNotEmpty();

            // When
            work.client().resource(scope).delete();
            work.openName("go");
            work.finished(run);

            // Then: what it had is gone, and whatever is there has an owner that lives
            work.until(
                    "its volumes to go", () -> Optional.of(owned(work, scope)).filter(List::isEmpty));
            var living = Stream.of(
                            List.of(work.client()
                                    .resources(Pipeline.class)
                                    .inNamespace(work.namespace())
                                    .withName("small")
                                    .require()),
                            objects(work).toList())
                    .flatMap(List::stream)
                    .map(it -> it.getMetadata().getUid())
                    .collect(Collectors.toSet());
            assertThat(objects(work))
                    .isNotEmpty()
                    .allSatisfy(object -> assertThat(object.getMetadata().getOwnerReferences())
                            .isNotEmpty()
                            .anySatisfy(owner -> assertThat(living).contains(owner.getUid())));
        }
    }

    private static Pipeline ran(TestNamespace work, GitRepository repository) {
        var commit = MinimalPipeline.push(repository);
        var pipeline = work.apply(CacheFixture.pipeline(repository, REST));
        CacheFixture.succeeded(work.finishedRunOf(commit));
        CacheFixture.sealed(work, "refs/heads/main", commit);
        return pipeline;
    }

    /** A run in the middle of a build that waits for a service called go. */
    private static PipelineRun building(TestNamespace work, GitRepository repository) {
        var waits = "RUN until nslookup go.%s.svc.cluster.local; do :; done\n".formatted(work.namespace());
        var commit = repository.push(
                "refs/heads/main",
                Map.of("Dockerfile", MinimalPipeline.DOCKERFILE.replace("FROM scratch", waits + "FROM scratch")));
        work.apply(CacheFixture.pipeline(repository, REST));
        return work.until(
                "a run that builds",
                () -> work.runs().stream()
                        .filter(run -> commit.equals(run.getSpec().commit()) && run.getStatus() != null)
                        .filter(run -> run.getStatus().steps().stream()
                                .anyMatch(step -> step.state() == StepStatus.State.Running))
                        .findFirst());
    }

    /** What Hearth has made in a namespace, by uid. */
    private static Map<String, String> everything(TestNamespace work) {
        return objects(work)
                .collect(Collectors.toMap(
                        it -> it.getMetadata().getUid(),
                        it -> it.getKind() + "/" + it.getMetadata().getName()));
    }

    private static Stream<HasMetadata> objects(TestNamespace work) {
        var client = work.client();
        var in = work.namespace();
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

    private static List<String> owned(TestNamespace work, CacheScope scope) {
        return objects(work)
                .filter(it -> it.getMetadata().getOwnerReferences().stream()
                        .anyMatch(owner ->
                                owner.getUid().equals(scope.getMetadata().getUid())))
                .map(it -> it.getKind() + "/" + it.getMetadata().getName())
                .toList();
    }

    private static List<String> volumes(TestNamespace work) {
        return work.client().persistentVolumes().list().getItems().stream()
                .filter(volume -> work.namespace().equals(namespace(volume)))
                .map(volume -> volume.getMetadata().getName())
                .toList();
    }

    private static String namespace(PersistentVolume volume) {
        var claim = volume.getSpec().getClaimRef();
        return claim == null ? "" : claim.getNamespace();
    }

    private static double removed(TestNamespace work, String kind) {
        return MetricsReader.of(work).sum("hearth_orphans_removed_total", "kind", kind);
    }
}
