package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.api.Pipeline;
import dev.hearth.api.Reason;
import dev.hearth.cluster.RefLedgerStore.Subject;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.trigger.RefGroup;
import dev.hearth.core.trigger.RefLedger;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is kept of a repository's refs, by the API server's own limits and quotas. */
class RefLedgerStoreIT {
    private static final int MANY = 100_000;
    private static final int LARGEST = 64 * 1024;

    private static Cluster cluster;
    private static KubernetesClient client;
    private static RefLedgerStore ledgers;

    @BeforeAll
    static void open() {
        cluster = HearthDeployment.shared();
        client = HearthDeployment.operator(cluster);
        ledgers = new RefLedgerStore(client);
    }

    @AfterAll
    static void close() {
        client.close();
    }

    @Test
    void hundredThousandRefsAreKeptInSmallPartsOfWhichAMoveWritesOne() {
        try (var namespace = cluster.namespace("ledger")) {
            var subject = subject(namespace.name());
            ledgers.write(subject, pulls(MANY, "a1"));

            assertThat(ledgers.read(subject)).isEqualTo(pulls(MANY, "a1"));
            assertThat(maps(namespace.name()))
                    .hasSizeLessThan(50)
                    .allSatisfy(map ->
                            assertThat(Serialization.asJson(map).length()).isLessThan(LARGEST));

            var before = versions(namespace.name());
            ledgers.write(subject, pulls(MANY, "a1"));
            assertThat(versions(namespace.name())).isEqualTo(before);

            var moved = builder(MANY - 1, "a1").add(pull(MANY - 1), "b2").build();
            ledgers.write(subject, moved);

            assertThat(ledgers.read(subject)).isEqualTo(moved);
            var after = versions(namespace.name());
            assertThat(after.keySet()).isEqualTo(before.keySet());
            assertThat(after.entrySet().stream()
                            .filter(entry -> !entry.getValue().equals(before.get(entry.getKey()))))
                    .hasSizeBetween(1, 2);

            ledgers.write(subject, pulls(10, "a1"));
            assertThat(ledgers.read(subject)).isEqualTo(pulls(10, "a1"));
            assertThat(maps(namespace.name())).hasSize(2);
        }
    }

    @Test
    void ledgerThatCannotBeWrittenToTheEndIsTheOneBefore() {
        try (var namespace = cluster.namespace("ledger")) {
            var subject = subject(namespace.name());
            ledgers.write(subject, pulls(10, "a1"));
            var most = maps(namespace.name()).size() + 1 + 5;
            var quota = new TestNamespace(cluster, namespace).quota("maps", "count/configmaps", most);

            assertThatThrownBy(() -> ledgers.write(subject, pulls(MANY, "a1")))
                    .isInstanceOfSatisfying(
                            KubernetesClientException.class,
                            refused -> assertThat(ApiRejection.statusReason(refused))
                                    .returns(Reason.QuotaExceeded, it -> it.reason())
                                    .satisfies(it -> assertThat(it.message()).contains("exceeded quota: maps")));
            assertThat(ledgers.read(subject)).isEqualTo(pulls(10, "a1"));

            quota.close();
            ledgers.write(subject, pulls(MANY, "a1"));
            assertThat(ledgers.read(subject)).isEqualTo(pulls(MANY, "a1"));
        }
    }

    @Test
    void ledgerIsOfOneSource() {
        try (var namespace = cluster.namespace("ledger")) {
            var subject = subject(namespace.name());
            ledgers.write(subject, pulls(10, "a1"));
            var other = new Subject(namespace.name(), subject.owner(), "other");

            assertThat(ledgers.read(other)).isEqualTo(RefLedger.EMPTY);

            ledgers.write(
                    other,
                    builder(0, "").add(GitRef.of("refs/heads/main"), "c3").build());
            assertThat(ledgers.read(subject)).isEqualTo(RefLedger.EMPTY);
            assertThat(ledgers.read(other).size()).isEqualTo(1);
        }
    }

    @Test
    void whatSomebodyElseHasUnderANameOfALedgerStays() {
        try (var namespace = cluster.namespace("ledger")) {
            var subject = subject(namespace.name());
            var name = "hearth-refs-" + subject.owner().getUid() + "-pulls-0";
            client.resource(map(namespace.name(), name, Map.of("refs", "mine")).build())
                    .create();

            assertThatThrownBy(() -> ledgers.read(subject))
                    .isInstanceOf(NameConflictException.class)
                    .hasMessageContaining(name);
            assertThatThrownBy(() -> ledgers.write(subject, pulls(1, "a1"))).isInstanceOf(NameConflictException.class);

            assertThat(find(namespace.name(), name).getData()).isEqualTo(Map.of("refs", "mine"));
            assertThat(find(namespace.name(), name).getMetadata().getOwnerReferences())
                    .isEmpty();
        }
    }

    @Test
    void formerLedgerIsReadOnceAndThenRemoved() {
        try (var namespace = cluster.namespace("ledger")) {
            var subject = subject(namespace.name());
            var lines = "a1 refs/heads/main\nb2 refs/pull/7/head\n";
            client.resource(map(namespace.name(), "app-refs", Map.of("refs", lines))
                            .editMetadata()
                            .withOwnerReferences(subject.owner())
                            .endMetadata()
                            .build())
                    .create();

            var read = ledgers.read(subject);
            ledgers.write(subject, read);

            assertThat(read).isEqualTo(RefLedger.ofLines(lines));
            assertThat(ledgers.read(subject)).isEqualTo(read);
            assertThat(find(namespace.name(), "app-refs")).isNull();
        }
    }

    @Test
    void mapOfSomebodyElseIsNoFormerLedger() {
        try (var namespace = cluster.namespace("ledger")) {
            var subject = subject(namespace.name());
            var theirs = client.resource(map(namespace.name(), "app-refs", Map.of("refs", "a1 refs/heads/main\n"))
                            .build())
                    .create();

            assertThat(ledgers.read(subject)).isEqualTo(RefLedger.EMPTY);
            ledgers.write(subject, pulls(1, "a1"));

            assertThat(find(namespace.name(), "app-refs")).isEqualTo(theirs);
        }
    }

    private static RefLedger pulls(int count, String commit) {
        return builder(count, commit).build();
    }

    private static RefLedger.Builder builder(int count, String commit) {
        var builder = new RefLedger.Builder().listed(RefGroup.PUSHED).listed(RefGroup.PULL_REQUESTS);
        IntStream.range(0, count).forEach(number -> builder.add(pull(number), commit));
        return builder;
    }

    private static GitRef pull(int number) {
        return GitRef.of("refs/pull/" + number + "/head");
    }

    /** A pipeline whose repository is not there, so that the operator of the cluster keeps nothing of it. */
    private static Subject subject(String namespace) {
        var pipeline = client.resource(Serialization.unmarshal("""
                        apiVersion: hearth.dev/v1alpha1
                        kind: Pipeline
                        metadata: {name: app, namespace: %s}
                        spec:
                          source: {url: "git://git.fixtures/nosuch.git"}
                          tasks: [{name: unit, image: busybox, command: ["true"]}]
                        """.formatted(namespace), Pipeline.class))
                .create();
        return new Subject(namespace, owner(pipeline), "here");
    }

    private static OwnerReference owner(Pipeline pipeline) {
        return new OwnerReferenceBuilder()
                .withApiVersion(pipeline.getApiVersion())
                .withKind(pipeline.getKind())
                .withName(pipeline.getMetadata().getName())
                .withUid(pipeline.getMetadata().getUid())
                .withController(true)
                .build();
    }

    private static ConfigMapBuilder map(String namespace, String name, Map<String, String> data) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withData(data);
    }

    private static List<ConfigMap> maps(String namespace) {
        return client.configMaps().inNamespace(namespace).list().getItems().stream()
                .filter(map -> map.getMetadata().getName().startsWith("hearth-refs-"))
                .toList();
    }

    private static Map<String, String> versions(String namespace) {
        return maps(namespace).stream()
                .collect(Collectors.toMap(
                        map -> map.getMetadata().getName(),
                        map -> map.getMetadata().getResourceVersion()));
    }

    private static ConfigMap find(String namespace, String name) {
        return client.configMaps().inNamespace(namespace).withName(name).get();
    }
}
