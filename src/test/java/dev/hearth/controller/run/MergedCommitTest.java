package dev.hearth.controller.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatusBuilder;
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
import dev.hearth.cluster.storage.ClaimClient;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.Specs;
import dev.hearth.core.plan.Names;
import dev.hearth.testbed.FakeApiServer;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
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
    private static final String CLAIM = Names.outputs("group");
    private static final String PATH = "/api/v1/namespaces/ci/persistentvolumeclaims/" + CLAIM;
    private static final PipelineSpec SPEC =
            Specs.pipeline(List.of(), List.of(Specs.task("pack", "artifact: {path: /out}"), Specs.task("unit", "")));

    private final FakeApiServer api = new FakeApiServer();

    MergedCommitTest() throws IOException {}

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void volumeThatIsSharedIsTakenOver() {
        api.put(PATH, claim("", "uid-of-group"));
        api.put("PATCH", PATH, 200, claim("", "uid-of-group", "uid-of-own"));

        assertThat(takenOver()).containsExactly("pack", "unit");
    }

    @Test
    void volumeThatIsAlreadySharedIsNotWritten() {
        api.put(PATH, claim("", "uid-of-group", "uid-of-own"));

        assertThat(takenOver()).containsExactly("pack", "unit");
    }

    @Test
    void stepsOfAVolumeThatCannotBeSharedRun() {
        api.put(PATH, claim("", "uid-of-group"));
        api.put("PATCH", PATH, 403, "{}");

        assertThat(takenOver()).containsExactly("unit");
    }

    @Test
    void stepsOfAVolumeThatIsGoneRun() {
        assertThat(takenOver()).containsExactly("unit");
    }

    @Test
    void stepsOfAVolumeThatIsBeingDeletedRun() {
        api.put(PATH, claim("\"deletionTimestamp\": \"2026-03-01T12:00:00Z\",", "uid-of-group", "uid-of-own"));

        assertThat(takenOver()).containsExactly("unit");
    }

    @Test
    void stepsOfAVolumeOfAnotherOwnerRun() {
        api.put(PATH, claim("", "uid-of-other"));

        assertThat(takenOver()).containsExactly("unit");
    }

    private List<String> takenOver() {
        var pipeline = new Pipeline();
        pipeline.setMetadata(
                new ObjectMetaBuilder().withName("p").withUid("uid-of-p").build());
        var own = run("own", MAIN, pipeline);
        var resolved = new CommitResolver.Resolved(
                new DefinitionReader.Defined(SPEC, null), COMMIT, Optional.empty(), List.of(MAIN), Map.of());
        return new MergedCommit(new ClaimClient(api.client()))
                .takeOver(own, pipeline, resolved, List.of(own, group(pipeline)), NOW).stream()
                        .flatMap(takeOver -> takeOver.steps().stream())
                        .map(StepStatus::name)
                        .toList();
    }

    private static PipelineRun group(Pipeline pipeline) {
        var run = run("group", GROUP, pipeline);
        var pack = ArtifactStatusBuilder.builder().claim(CLAIM).path("pack/1").build();
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

    private static String claim(String more, String... owners) {
        var references = List.of(owners).stream()
                .map(
                        "{\"apiVersion\": \"hearth.dev/v1alpha1\", \"kind\": \"PipelineRun\", \"name\": \"r\", \"uid\": \"%s\"}"
                                ::formatted)
                .toList();
        return """
                {"apiVersion": "v1", "kind": "PersistentVolumeClaim",
                 "metadata": {"name": "%s", "namespace": "ci", "uid": "uid-of-claim", %s "ownerReferences": %s}}
                """.formatted(CLAIM, more, references);
    }
}
