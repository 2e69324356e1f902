package dev.hearth.controller.scope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Trust;
import dev.hearth.cluster.WatchedFields;
import dev.hearth.cluster.storage.SnapshotClient;
import dev.hearth.config.TestConfig;
import dev.hearth.core.buildcache.SeedIndex;
import dev.hearth.testbed.FakeApiServer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VolumeObserverTest {
    @ParameterizedTest
    @CsvSource({"Trusted, 2097152", "Untrusted, 1048576"})
    void volumeHasTheSizeThatItsClaimWasMadeWith(Trust trust, long kib) throws IOException {
        var policy = Serialization.unmarshal(
                "storage: {size: 2Gi}\nretention: {untrusted: {size: 1Gi}}", CachePolicySpec.class);
        var scope = Serialization.unmarshal("""
                metadata: {name: scope, namespace: ci}
                spec: {pipeline: hello, ref: refs/heads/main, trust: %s}
                """.formatted(trust), CacheScope.class);

        try (var api = new FakeApiServer()) {
            assertThat(observer(api, scope, policy, List.of()).size()).isEqualTo(kib);
        }
    }

    /** A pod that was made to start from a snapshot takes whatever volume its claim gets. */
    @ParameterizedTest
    @CsvSource({"Snapshot/main/1/run, '',   false", "Snapshot/main/1/run, node, true", "Overlay/main/1/run,  '',   true"
    })
    void claimIsNotMadeWhileAPodWaitsWithAnotherSeed(String seed, String node, boolean may) throws IOException {
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
            var observer = observer(api, new CacheScope(), CachePolicySpec.DEFAULT, List.of(pod));

            assertThat(observer.mayMake(volume)).isEqualTo(may);
        }
    }

    private static VolumeObserver observer(
            FakeApiServer api, CacheScope scope, CachePolicySpec policy, List<Pod> pods) {
        return new VolumeObserver(
                scope,
                policy,
                TestConfig.of(Map.of()),
                List.of(),
                new ScopeBuildPods(pods),
                new SeedIndex(List.of()),
                Map.of(),
                Set.of(),
                Map.of(),
                new RestorableSeeds(new SnapshotClient(api.client())));
    }
}
