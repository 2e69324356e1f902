package dev.hearth.controller.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.CachePolicy;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.RunTrigger;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.StepStatusBuilder;
import dev.hearth.api.Trust;
import dev.hearth.cluster.CacheScopeClient;
import dev.hearth.cluster.storage.NoStorage;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.Specs;
import dev.hearth.core.plan.Names;
import dev.hearth.core.ref.SourceUrl;
import dev.hearth.core.retention.NamedArtifacts;
import dev.hearth.testbed.FakeApiServer;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A run takes over only what is on volumes that it keeps, and does not wait for a volume that it cannot keep. */
class MergedCommitTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final String COMMIT = "c".repeat(40);
    private static final String MAIN = "refs/heads/main";
    private static final String GROUP = "refs/heads/gh-readonly-queue/main/pr-7-c0ffee";
    private static final PipelineSpec SPEC =
            Specs.pipeline(List.of(), List.of(Specs.task("pack", "artifact: {path: /out}"), Specs.task("unit", "")));

    private static final String SCOPE =
            Names.scope("p", SourceUrl.identity(SPEC.source().url()), GROUP + ":" + COMMIT, Trust.Untrusted);
    private static final String CLAIM = Names.taskCacheVolume(SCOPE, OperatingSystem.Linux);
    private static final String PATH = "/apis/hearth.dev/v1alpha1/namespaces/ci/cachescopes/" + SCOPE;

    private final FakeApiServer api = new FakeApiServer();

    MergedCommitTest() throws IOException {}

    @AfterEach
    void close() {
        api.close();
    }

    private void scopeIs(String scope) {
        api.put(PATH, scope);
        api.put("PATCH", PATH, 200, scope);
    }

    @Test
    void volumeOfAScopeThatStaysIsTakenOver() {
        scopeIs(scope("", "uid-of-claim"));

        assertThat(takenOver()).containsExactly("pack", "unit");
    }

    @Test
    void stepsOfAScopeThatCannotBeChangedRun() {
        api.put(PATH, scope("", "uid-of-claim"));
        api.put("PATCH", PATH, 403, "{}");

        assertThat(takenOver()).containsExactly("unit");
    }

    @Test
    void stepsOfAScopeThatIsGoneRun() {
        assertThat(takenOver()).containsExactly("unit");
    }

    @Test
    void stepsOfAScopeThatIsBeingDeletedRun() {
        scopeIs(scope("\"deletionTimestamp\": \"2026-03-01T12:00:00Z\",", "uid-of-claim"));

        assertThat(takenOver()).containsExactly("unit");
    }

    @Test
    void stepsOfAnotherVolumeOfThisNameRun() {
        scopeIs(scope("", "uid-of-a-later-claim"));

        assertThat(takenOver()).containsExactly("unit");
    }

    @Test
    void stepsWhoseArtifactsAreReleasedRun() {
        scopeIs(scope("", "uid-of-claim"));

        assertThat(takenOver(new NoStorage(), Map.of(NamedArtifacts.RELEASED, "true")))
                .containsExactly("unit");
    }

    /** A pod that mounts the volume of another ref may have to run on another node than those of its own. */
    @Test
    void stepsRunWhereVolumesOfOtherRefsAreNotMounted() {
        scopeIs(scope("", "uid-of-claim"));

        assertThat(takenOver(seedingFromSnapshots(), Map.of())).containsExactly("unit");
    }

    private static NoStorage seedingFromSnapshots() {
        return new NoStorage() {
            @Override
            public boolean hasDefaultClass() {
                return true;
            }

            @Override
            public Optional<CachePolicy> defaultPolicy() {
                return Optional.of(Serialization.unmarshal("""
                        apiVersion: hearth.dev/v1alpha1
                        kind: CachePolicy
                        metadata: {name: default}
                        spec: {seed: [Snapshot, Overlay]}
                        """, CachePolicy.class));
            }
        };
    }

    private List<String> takenOver() {
        return takenOver(new NoStorage(), Map.of());
    }

    private List<String> takenOver(NoStorage storage, Map<String, String> annotations) {
        var pipeline = new Pipeline();
        pipeline.setMetadata(
                new ObjectMetaBuilder().withName("p").withUid("uid-of-p").build());
        var own = run("own", MAIN, pipeline);
        var resolved = new CommitResolver.Resolved(
                new DefinitionReader.Defined(SPEC, null), COMMIT, Optional.empty(), List.of(MAIN), Map.of());
        var group = group(pipeline);
        group.getMetadata().setAnnotations(annotations);
        return new MergedCommit(new CacheScopeClient(api.client()), new StorageResolver(storage))
                .takeOver(own, pipeline, resolved, List.of(own, group), NOW).stream()
                        .flatMap(takeOver -> takeOver.steps().stream())
                        .map(StepStatus::name)
                        .toList();
    }

    private static PipelineRun group(Pipeline pipeline) {
        var run = run("group", GROUP, pipeline);
        var pack = ArtifactStatusBuilder.builder()
                .claim(CLAIM)
                .claimUid("uid-of-claim")
                .path("artifacts/run/pack")
                .build();
        run.setStatus(PipelineRunStatusBuilder.builder()
                .phase(Phase.Succeeded)
                .commit(COMMIT)
                .trust(Trust.Untrusted)
                .pipelineSpec(SPEC)
                .finishedAt(NOW.minusSeconds(60).toString())
                .steps(List.of(
                        StepStatusBuilder.builder()
                                .name("pack")
                                .state(State.Succeeded)
                                .artifact(pack)
                                .build(),
                        StepStatusBuilder.builder()
                                .name("unit")
                                .state(State.Succeeded)
                                .build()))
                .build());
        return run;
    }

    private static PipelineRun run(String name, String ref, Pipeline pipeline) {
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace("ci")
                .withName(name)
                .withUid("uid-of-" + name)
                .withOwnerReferences(OwnerReferences.controller(pipeline))
                .build());
        run.setSpec(PipelineRunSpec.of("p", ref, COMMIT).withTrigger(RunTrigger.Ref));
        return run;
    }

    private static String scope(String more, String claimUid) {
        return """
                {"apiVersion": "hearth.dev/v1alpha1", "kind": "CacheScope",
                 "metadata": {%s "name": "%s", "namespace": "ci", "uid": "uid-of-scope"},
                 "spec": {"pipeline": "p", "ref": "%s", "trust": "Untrusted", "taskCaches": ["Linux"]},
                 "status": {"taskCaches": [{"os": "Linux", "claim": "%s", "uid": "%s"}]}}
                """.formatted(more, SCOPE, GROUP, CLAIM, claimUid);
    }
}
