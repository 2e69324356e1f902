package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpecBuilder;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.SnapshotClient;
import dev.hearth.core.buildcache.SnapshotDecider.Request;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.trigger.RefLedger;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.testbed.FakeApiServer;
import dev.hearth.testbed.GoldenFiles;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What Hearth keeps in the cluster beside its own resources, as it is sent to the API server. */
class StoredObjectGoldenTest {

    @TestFactory
    Stream<DynamicTest> storedObjects() throws IOException {
        try (var api = new FakeApiServer()) {
            api.create("/api/v1/namespaces/ci/configmaps");
            api.create("/apis/snapshot.storage.k8s.io/v1/namespaces/ci/volumesnapshots");
            ledger(new RefLedgerStore(api.client()));
            shards(new ShardStore(new OwnedObjectWriter(api.client())));
            snapshot(new SnapshotClient(api.client()));
            return GoldenFiles.tests(
                    "stored",
                    api.created().stream()
                            .map(json -> Serialization.unmarshal(json, GenericKubernetesResource.class))
                            .collect(Collectors.toMap(
                                    object -> object.getMetadata().getName(), object -> object)));
        }
    }

    private static void ledger(RefLedgerStore ledgers) {
        ledgers.write(
                new RefLedgerStore.Subject("ci", owner("Pipeline", "app"), "source-of-app"),
                new RefLedger.Builder()
                        .add(GitRef.of("refs/heads/main"), "c0ffee")
                        .add(GitRef.of("refs/tags/v1"), "bead00")
                        .add(GitRef.of("refs/pull/7/head"), "facade")
                        .build());
    }

    private static void shards(ShardStore lists) {
        lists.store(
                "ci",
                "hearth-app-1-shards-unit",
                Map.of("1", "example.OneTest\nexample.TwoTest\n", "2", "example.LongTest\n"),
                ObjectLabels.ofRun("app", "app-1"),
                owner("PipelineRun", "app-1"));
    }

    private static void snapshot(SnapshotClient snapshots) {
        var scope = new CacheScope();
        scope.setMetadata(new ObjectMetaBuilder()
                .withNamespace("ci")
                .withName("app-main")
                .withUid("uid-of-app-main")
                .build());
        scope.setSpec(CacheScopeSpecBuilder.builder()
                .pipeline("app")
                .ref("refs/heads/main")
                .trust(Trust.Trusted)
                .platforms(List.of("linux/amd64"))
                .build());
        var wish = new Request("hearth-app-main-linux-amd64-3", "hearth-app-main-linux-amd64", "linux/amd64", 3);
        assertThat(snapshots.create(scope, wish, "fast", owner("CacheScope", "app-main")))
                .isEmpty();
    }

    private static OwnerReference owner(String kind, String name) {
        return new OwnerReferenceBuilder()
                .withApiVersion("hearth.dev/v1alpha1")
                .withKind(kind)
                .withName(name)
                .withUid("uid-of-" + name)
                .withController(true)
                .build();
    }
}
