package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import dev.hearth.core.Specs;
import dev.hearth.core.buildcache.GenerationLifecycle.RunResult;
import dev.hearth.core.buildcache.VolumeGrants.Claimant;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Runs of a scope as its volumes see them. */
class VolumeRunTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final PipelineSpec SPEC = Specs.pipeline(List.of(Specs.build("image", null)), List.of());

    @Test
    void resultIsPendingUntilTheRunHasFinished() {
        var runs = List.of(
                run("running", "phase: Running", SPEC),
                run("failed", "phase: Failed\nfinishedAt: \"2026-03-01T13:00:00Z\"", SPEC),
                run("succeeded", "phase: Succeeded\nfinishedAt: \"2026-03-01T13:00:00Z\"", SPEC));

        assertThat(VolumeRun.of(runs).values())
                .extracting(VolumeRun::run, VolumeRun::result)
                .containsExactlyInAnyOrder(
                        tuple("running", RunResult.Pending),
                        tuple("failed", RunResult.Failed),
                        tuple("succeeded", RunResult.Succeeded));
    }

    @Test
    void runsWithUnfinishedBuildsClaimVolumes() {
        var running = run("running", "phase: Running", SPEC);
        var built = run("built", "phase: Running\nsteps: [{name: image/linux/amd64, state: Succeeded}]", SPEC);
        var finished = run("finished", "phase: Failed\nfinishedAt: \"2026-03-01T13:00:00Z\"", SPEC);

        assertThat(Claimant.of(List.of(running, built, finished)))
                .containsExactly(
                        new Claimant("running", Instant.parse("2026-03-01T12:00:00Z"), Set.of("linux/amd64")),
                        new Claimant("built", Instant.parse("2026-03-01T12:00:00Z"), Set.of()));
    }

    @Test
    void unresolvedRunIsNoneOfThem() {
        var unresolved = run("unresolved", "phase: Pending", null);

        assertThat(VolumeRun.of(List.of(unresolved))).isEmpty();
        assertThat(Claimant.of(List.of(unresolved))).isEmpty();
    }

    private static PipelineRun run(String name, String status, @Nullable PipelineSpec spec) {
        var run = Serialization.unmarshal("""
                kind: PipelineRun
                metadata: {name: %s, creationTimestamp: "2026-03-01T12:00:00Z"}
                spec: {pipeline: app, ref: refs/heads/main}
                """.formatted(name), PipelineRun.class);
        ObjectNode fields = Serialization.unmarshal(status, ObjectNode.class);
        fields.put("commit", "abc");
        if (spec != null) {
            fields.set("pipelineSpec", JSON.valueToTree(spec));
        }
        run.setStatus(JSON.convertValue(fields, PipelineRunStatus.class));
        return run;
    }
}
