package dev.hearth.controller.scope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.cluster.PodClient;
import dev.hearth.cluster.storage.SnapshotClient;
import dev.hearth.config.TestConfig;
import dev.hearth.core.buildcache.SeedIndex;
import dev.hearth.testbed.FakeApiServer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VolumeGranterTest {
    private static final CacheScope SCOPE = Serialization.unmarshal("""
            apiVersion: hearth.dev/v1alpha1
            kind: CacheScope
            metadata: {name: scope, namespace: ci, uid: uid-of-scope}
            spec: {pipeline: p, ref: refs/heads/main, trust: Trusted, platforms: [linux/amd64]}
            """, CacheScope.class);

    private static final PipelineRun RUN = Serialization.unmarshal("""
            apiVersion: hearth.dev/v1alpha1
            kind: PipelineRun
            metadata: {name: run, namespace: ci, uid: uid-of-run, creationTimestamp: "2026-01-01T00:00:00Z"}
            spec: {pipeline: p, ref: refs/heads/main}
            status:
              startedAt: "2026-01-01T00:00:00Z"
              commit: c0ffee
              pipelineSpec: {source: {url: "https://git.example/app.git"}, builds: [{name: tool}]}
              steps: [{name: tool/linux/amd64, state: Pending}]
            """, PipelineRun.class);

    /** The pod would be on the volume beside the one that the run creates. */
    @Test
    void nobodyGetsAVolumeWithAWarmPodThatTheWatchDoesNotShow() throws IOException {
        var pod = warmPod("uid-of-scope", "Running");

        assertThat(granted(List.of(), pod)).isEmpty();
        assertThat(granted(List.of(pod), pod)).isEqualTo(Map.of("linux/amd64", "run"));
    }

    @ParameterizedTest
    @CsvSource({"uid-of-scope, Failed", "uid-of-another, Running"})
    void aPodThatIsNoneOnTheVolumeDoesNotMatter(String owner, String phase) throws IOException {
        assertThat(granted(List.of(), warmPod(owner, phase))).isEqualTo(Map.of("linux/amd64", "run"));
    }

    private static Map<String, String> granted(List<Pod> watched, Pod inTheApiServer) throws IOException {
        try (var api = new FakeApiServer()) {
            api.put(
                    "/api/v1/namespaces/ci/pods",
                    "{\"kind\": \"PodList\", \"items\": [" + Serialization.asJson(inTheApiServer) + "]}");
            return new VolumeGranter(new PodClient(api.client()))
                    .grant(ScopeObservationBuilder.builder()
                            .scope(SCOPE)
                            .policy(CachePolicySpec.DEFAULT)
                            .config(TestConfig.of(Map.of()))
                            .runs(List.of(RUN))
                            .allPods(watched)
                            .pods(new ScopeBuildPods(watched))
                            .seedIndex(new SeedIndex(List.of()))
                            .claims(new ScopeClaims(SCOPE, List.of()))
                            .restores(Map.of())
                            .snapshots(new SnapshotKeeper(
                                    new SnapshotClient(api.client()),
                                    new EventRecorder(api.client(), Clock.systemUTC())))
                            .build());
        }
    }

    private static Pod warmPod(String owner, String phase) {
        return Serialization.unmarshal("""
                metadata:
                  name: warm
                  namespace: ci
                  uid: uid-of-pod
                  labels: {hearth.dev/warm: "true", hearth.dev/scope: scope, hearth.dev/platform: linux-amd64}
                  ownerReferences:
                  - {apiVersion: hearth.dev/v1alpha1, kind: CacheScope, name: scope, uid: %s, controller: true}
                spec: {containers: []}
                status: {phase: %s}
                """.formatted(owner, phase), Pod.class);
    }
}
