package dev.hearth.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which scopes are not evicted because of runs. */
class ScopesInUseTest {
    private static final String GROUP = "refs/heads/gh-readonly-queue/main/pr-7-c0ffee";
    private static final String STARTED = "startedAt: \"2026-05-01T00:00:00Z\", trust: Trusted, commit: c0ffee, "
            + "pipelineSpec: {source: {url: \"https://git.example/app.git\"}}";

    @Test
    void scopeWithAnArtifactOfAnUnfinishedRunIsInUse() {
        var artifact =
                "steps: [{name: unit, state: Succeeded, artifact: {claim: %s, claimUid: uid, path: artifacts/a/b}}]"
                        .formatted(Names.taskCacheVolume("group", OperatingSystem.Linux));

        assertThat(isInUse(run("app", "refs/heads/main", STARTED + ", " + artifact)))
                .isTrue();
        assertThat(isInUse(run("app", "refs/heads/main", STARTED))).isFalse();
        assertThat(isInUse(
                        run("app", "refs/heads/main", STARTED + ", finishedAt: \"2026-05-02T00:00:00Z\", " + artifact)))
                .isFalse();
    }

    /** What such a run takes over is not recorded yet. */
    @ParameterizedTest
    @CsvSource({
        "app, refs/heads/main, true",
        "other, refs/heads/main, false",
        "app, refs/heads/next, false",
        "app, refs/heads/gh-readonly-queue/main/pr-7-c0ffee, false"
    })
    void scopeOfAMergeGroupIsInUseWhileARunOfItsBranchStarts(String pipeline, String ref, boolean expected) {
        assertThat(isInUse(run(pipeline, ref, ""))).isEqualTo(expected);
        assertThat(isInUse(run(pipeline, ref, "phase: Pending"))).isEqualTo(expected);
        assertThat(isInUse(run(pipeline, ref, "phase: Cancelled, finishedAt: \"2026-05-02T00:00:00Z\"")))
                .isFalse();
    }

    private static boolean isInUse(PipelineRun run) {
        var scope = Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: CacheScope
                metadata: {namespace: ci, name: group, creationTimestamp: "2026-05-01T00:00:00Z"}
                spec: {pipeline: app, ref: %s, trust: Untrusted, taskCaches: [Linux]}
                """.formatted(GROUP), CacheScope.class);
        return ScopesInUse.of(Stream.of(run)).mark(EvictionCandidate.of(scope)).inUse();
    }

    private static PipelineRun run(String pipeline, String ref, String status) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: PipelineRun
                metadata: {namespace: ci, name: run, uid: uid-of-run}
                spec: {pipeline: %s, ref: %s}
                status: {%s}
                """.formatted(pipeline, ref, status), PipelineRun.class);
    }
}
