package dev.hearth.controller.scope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Trust;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.cluster.WatchedFields;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopeObservationTest {
    @ParameterizedTest
    @CsvSource({"Trusted, 2097152", "Untrusted, 1048576"})
    void volumeHasTheSizeOfItsClaim(Trust trust, long kib) throws IOException {
        var policy = Serialization.unmarshal(
                "storage: {size: 2Gi}\nretention: {untrusted: {size: 1Gi}}", CachePolicySpec.class);
        var scope = Serialization.unmarshal("""
                metadata: {name: scope, namespace: ci}
                spec: {pipeline: hello, ref: refs/heads/main, trust: %s}
                """.formatted(trust), CacheScope.class);

        try (var api = new FakeApiServer()) {
            assertThat(observation(api, scope, policy, List.of()).volumeKib()).isEqualTo(kib);
        }
    }

    /** Such a pod would mount the new volume and not find its seed. */
    @ParameterizedTest
    @CsvSource({"Snapshot/main/1/run, '',   false", "Snapshot/main/1/run, node, true", "Overlay/main/1/run,  '',   true"
    })
    void createsNoClaimWhileAPodWithAnotherSeedWaitsForItsNode(String seed, String node, boolean mayCreate)
            throws IOException {
        var volume = Serialization.unmarshal("""
                platform: linux/amd64
                claim: own
                run: run
                seed: {mode: Overlay, claim: main, generation: 1, run: run}
                """, ScopeVolume.class);
        var pod = WatchedFields.ofPods().unmarshal("""
                metadata:
                  labels: {hearth.dev/scope: scope, hearth.dev/platform: linux-amd64}
                  ownerReferences:
                  - {apiVersion: hearth.dev/v1alpha1, kind: PipelineRun, name: run, uid: uid, controller: true}
                spec:
                  nodeName: %s
                  initContainers: [{name: buildkitd, env: [{name: SEED_ID, value: %s}]}]
                """.formatted(node.isEmpty() ? null : node, seed), Pod.class);

        try (var api = new FakeApiServer()) {
            var observation = observation(api, new CacheScope(), CachePolicySpec.DEFAULT, List.of(pod));

            assertThat(observation.mayCreateClaim(volume)).isEqualTo(mayCreate);
        }
    }

    private static ScopeObservation observation(
            FakeApiServer api, CacheScope scope, CachePolicySpec policy, List<Pod> pods) {
        return ScopeObservationBuilder.builder()
                .scope(scope)
                .policy(policy)
                .config(TestConfig.of(Map.of()))
                .runs(List.of())
                .allPods(pods)
                .pods(new ScopeBuildPods(pods))
                .seedIndex(new SeedIndex(List.of()))
                .claims(new ScopeClaims(scope, List.of()))
                .restores(Map.of())
                .snapshots(new SnapshotKeeper(
                        new SnapshotClient(api.client()), new EventRecorder(api.client(), Clock.systemUTC())))
                .build();
    }
}
