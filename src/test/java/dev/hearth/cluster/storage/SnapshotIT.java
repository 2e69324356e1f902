package dev.hearth.cluster.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpecBuilder;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.SnapshotDecider.Request;
import dev.hearth.core.buildcache.TakenSnapshot;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.SnapshotApi;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** SnapshotClient and claims as the API server keeps them; nobody here makes volumes. */
class SnapshotIT {
    private static final Request WISH = new Request("hearth-claim-1", "hearth-claim", "linux/amd64", 1);

    private final KubernetesClient client = HearthDeployment.operator(HearthDeployment.shared());
    private final SnapshotApi api = new SnapshotApi(client);
    private final SnapshotClient snapshots = new SnapshotClient(client);
    private final String driver = "driver-" + UUID.randomUUID().toString().substring(0, 8) + ".example";

    @BeforeAll
    static void install() {
        assumeTrue(SnapshotApi.definitions().isPresent(), "HEARTH_SNAPSHOT_CRDS names no definitions");
        new SnapshotApi(HearthDeployment.shared().client()).install();
    }

    @Test
    void saysWhatKeepsSnapshotsFromBeingMade() {
        var elsewhere = new SnapshotClient(client, "snapshot.not-installed.example");

        assertThat(elsewhere.obstacle(driver)).hasValue("the cluster has no VolumeSnapshot API");
        assertThat(snapshots.obstacle(driver))
                .hasValueSatisfying(it -> assertThat(it)
                        .contains(
                                "storage.snapshotClassName",
                                "VolumeSnapshotClass " + driver + ", which does not exist"));
        api.makeClass(driver);
        assertThat(snapshots.obstacle(driver)).isEmpty();
        api.removeClass(driver);
    }

    @Test
    void clusterWithoutTheApiHasNoSnapshots() {
        try (var namespace = HearthDeployment.shared().namespace("nosnapshots")) {
            var elsewhere = new SnapshotClient(client, "snapshot.not-installed.example");
            var scope = scope(namespace.name());

            assertThat(elsewhere.ownedBy(scope)).hasValue(List.of());
            assertThat(elsewhere.find(namespace.name(), WISH.name())).isEmpty();
            assertThat(elsewhere.create(scope, WISH, driver, owner(scope))).isPresent();
            elsewhere.delete(scope, WISH.name());
        }
    }

    @Test
    void makesOneAndSeesItBecomeReady() {
        try (var namespace = HearthDeployment.shared().namespace("snapshots")) {
            var scope = scope(namespace.name());

            // When it is made twice, as after a crash
            assertThat(snapshots.create(scope, WISH, driver, owner(scope))).isEmpty();
            assertThat(snapshots.create(scope, WISH, driver, owner(scope))).isEmpty();

            // Then
            var made = api.snapshots()
                    .inNamespace(namespace.name())
                    .withName(WISH.name())
                    .require();
            assertThat(made.<String>get("spec", "source", "persistentVolumeClaimName"))
                    .isEqualTo(WISH.claim());
            assertThat(made.<String>get("spec", "volumeSnapshotClassName")).isEqualTo(driver);
            assertThat(made.getMetadata().getLabels())
                    .containsEntry("app.kubernetes.io/managed-by", "hearth")
                    .containsEntry("hearth.dev/pipeline", "app")
                    .containsEntry("hearth.dev/platform", "linux-amd64")
                    .containsEntry("hearth.dev/generation", "1");
            assertThat(only(scope))
                    .returns(false, TakenSnapshot::ready)
                    .returns(Optional.empty(), TakenSnapshot::error);

            // When its driver fails, tries again and succeeds
            api.failed(made, "disk full");
            assertThat(only(scope))
                    .returns(false, TakenSnapshot::ready)
                    .returns(Optional.of("disk full"), TakenSnapshot::error);
            api.ready(made, driver, "volume", "3Gi");

            // Then
            assertThat(only(scope))
                    .returns(true, TakenSnapshot::ready)
                    .returns(Optional.empty(), TakenSnapshot::error)
                    .returns(Optional.of("3Gi"), TakenSnapshot::restoreSize)
                    .returns(WISH.claim(), TakenSnapshot::claim);
            assertThat(snapshots.find(namespace.name(), WISH.name())).hasValue(only(scope));

            snapshots.delete(scope(namespace.name(), "other"), WISH.name());
            assertThat(only(scope).name()).as("a snapshot of another scope").isEqualTo(WISH.name());
            snapshots.delete(scope, WISH.name());
            snapshots.delete(scope, WISH.name());
            assertThat(snapshots.ownedBy(scope)).hasValue(List.of());
            api.forget(made);
        }
    }

    /** One that is going is still there, with everything that its status said. */
    @Test
    void doesNotUseOneThatIsBeingDeleted() {
        try (var namespace = HearthDeployment.shared().namespace("snapshots")) {
            var scope = scope(namespace.name());
            assertThat(snapshots.create(scope, WISH, driver, owner(scope))).isEmpty();
            var made = api.snapshots().inNamespace(namespace.name()).withName(WISH.name());
            api.ready(made.require(), driver, "volume", "3Gi");
            made.edit(it -> finalizers(it, List.of("example.org/in-use")));

            snapshots.delete(scope, WISH.name());

            assertThat(only(scope)).returns(false, TakenSnapshot::ready);
            api.forget(made.require());
            made.edit(it -> finalizers(it, List.of()));
        }
    }

    @Test
    void onesOfAnEarlierScopeOfTheSameNameDoNotCount() {
        try (var namespace = HearthDeployment.shared().namespace("snapshots")) {
            var earlier = scope(namespace.name());
            assertThat(snapshots.create(earlier, WISH, driver, owner(earlier))).isEmpty();

            var later = scope(earlier.getMetadata().getNamespace(), "later");
            later.getMetadata().setName(earlier.getMetadata().getName());
            assertThat(snapshots.ownedBy(earlier).orElseThrow()).hasSize(1);
            assertThat(snapshots.ownedBy(later)).hasValue(List.of());
        }
    }

    @Test
    void givesUpAClaimOnlyAsItWasSeen() {
        try (var namespace = HearthDeployment.shared().namespace("claims")) {
            var volumes = new ClaimClient(client);
            var seen = client.resource(claim(namespace.name())).create();
            api.warn(seen, driver, "ProvisioningFailed", "quota exceeded");
            assertThat(volumes.lastWarning(seen)).hasValue("quota exceeded");

            // When it changes after it was seen
            var changed = client.resource(seen).edit(it -> {
                it.getMetadata().setLabels(java.util.Map.of("changed", "yes"));
                return it;
            });

            assertThat(volumes.deleteUnchanged(seen)).isFalse();
            assertThat(client.resource(seen).get()).isNotNull();
            assertThat(volumes.deleteUnchanged(changed)).isTrue();
        }
    }

    private TakenSnapshot only(CacheScope scope) {
        return snapshots.ownedBy(scope).orElseThrow().getFirst();
    }

    private static GenericKubernetesResource finalizers(GenericKubernetesResource resource, List<String> finalizers) {
        resource.getMetadata().setFinalizers(finalizers);
        return resource;
    }

    private static PersistentVolumeClaim claim(String namespace) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(WISH.claim())
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName("") // nobody makes a volume for it
                .withNewResources()
                .addToRequests("storage", new Quantity("1Gi"))
                .endResources()
                .endSpec()
                .build();
    }

    private CacheScope scope(String namespace) {
        return scope(namespace, "scope");
    }

    /** One that is really there: a child whose owner is not would be removed as an orphan. */
    private CacheScope scope(String namespace, String name) {
        var scope = new CacheScope();
        scope.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        scope.setSpec(CacheScopeSpecBuilder.builder()
                .pipeline("app")
                .ref("refs/heads/main")
                .trust(Trust.Trusted)
                .platforms(List.of("linux/amd64"))
                .build());
        return client.resource(scope).create();
    }

    private static OwnerReference owner(CacheScope scope) {
        return new OwnerReferenceBuilder()
                .withApiVersion(scope.getApiVersion())
                .withKind(scope.getKind())
                .withName(scope.getMetadata().getName())
                .withUid(scope.getMetadata().getUid())
                .build();
    }
}
