package dev.hearth.controller.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PipelineRun;
import dev.hearth.core.plan.Names;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.testbed.FixedCache;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which scopes retention must leave alone for the sake of runs. */
class RunIndexTest {
    private static final String MAIN = "refs/heads/main";
    private static final String PULL = "refs/pull/1/head";
    private static final String STARTED = "startedAt: \"2026-05-01T00:00:00Z\"";
    private static final String FINISHED = STARTED + ", finishedAt: \"2026-05-01T01:00:00Z\"";

    @Test
    void scopeOfARunThatHasStartedIsInUse() {
        assertThat(inUse(run(PULL, STARTED, ""))).containsExactly(PULL);
        assertThat(inUse(run(PULL, "phase: Pending", ""))).isEmpty();
        assertThat(inUse(run(PULL, FINISHED, ""))).isEmpty();
    }

    @Test
    void scopeWithAnArtifactThatAnUnfinishedRunNamesIsInUse() {
        var artifact = "{name: tool, artifact: {claim: %s, claimUid: uid, path: artifacts/f1}}"
                .formatted(Names.volume(scopeName(MAIN), "linux/amd64", IsolationForm.UserNamespace));

        assertThat(inUse(run(PULL, STARTED, artifact))).containsExactlyInAnyOrder(MAIN, PULL);
        assertThat(inUse(run(PULL, FINISHED, artifact))).isEmpty();
    }

    @Test
    void allScopesOfANamespaceAreInUseWithARunThatCannotBeRead() {
        var unreadable = Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: PipelineRun
                metadata: {namespace: ci, name: odd}
                spec: {pipeline: [1]}
                """, PipelineRun.class);

        assertThat(unreadable.unreadable()).isPresent();
        assertThat(inUse(unreadable)).containsExactlyInAnyOrder(MAIN, PULL);
    }

    private static List<String> inUse(PipelineRun run) {
        var index = new RunIndex();
        index.watch(new FixedCache<>(List.of(run)));
        return index.candidates(List.of(scope(MAIN), scope(PULL))).stream()
                .filter(EvictionCandidate::inUse)
                .map(EvictionCandidate::ref)
                .toList();
    }

    private static CacheScope scope(String ref) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: CacheScope
                metadata: {namespace: ci, name: %s, creationTimestamp: "2026-05-01T00:00:00Z"}
                spec: {pipeline: app, ref: %s, trust: Trusted, platforms: [linux/amd64]}
                """.formatted(scopeName(ref), ref), CacheScope.class);
    }

    private static String scopeName(String ref) {
        return Names.scope(run(ref, STARTED, "")).orElseThrow();
    }

    private static PipelineRun run(String ref, String status, String steps) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: PipelineRun
                metadata: {namespace: ci, name: app-1}
                spec: {pipeline: app, ref: %s}
                status: {trust: Trusted, commit: c0ffee, pipelineSpec: {source: {url: "https://git.example/app.git"}}, %s, steps: [%s]}
                """.formatted(ref, status, steps), PipelineRun.class);
    }
}
