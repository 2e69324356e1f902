package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.cluster.preflight.PreflightObjects;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.HearthDeployment;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nothing is deleted by its name alone. */
class ObjectDeletionIT {
    private final Cluster cluster = HearthDeployment.shared();
    private final KubernetesClient client = HearthDeployment.operator(cluster);
    private final ObjectDeletion deletions = new ObjectDeletion(client);

    @Test
    void anotherObjectOfTheSameNameStays() {
        try (var namespace = cluster.namespace("deletions")) {
            var before = client.resource(map(namespace.name(), Map.of())).create();
            assertThat(deletions.delete(before)).isTrue();
            assertThat(deletions.delete(before)).as("gone already").isFalse();
            var after = client.resource(map(namespace.name(), Map.of())).create();

            assertThat(deletions.delete(before)).isFalse();
            assertThat(deletions.kill(before)).isFalse();
            assertThat(deletions.deleteUnchanged(before)).isFalse();

            assertThat(client.resource(after).get()).isEqualTo(after);
        }
    }

    @Test
    void whatHasChangedIsDeletedOnlyIfItsStateDoesNotMatter() {
        try (var namespace = cluster.namespace("deletions")) {
            var seen = client.resource(map(namespace.name(), Map.of())).create();
            client.resource(seen)
                    .edit(it -> new ConfigMapBuilder(it).addToData("a", "b").build());

            assertThat(deletions.deleteUnchanged(seen)).isFalse();
            assertThat(deletions.delete(seen)).isTrue();
        }
    }

    /** Trials are made under fixed names, and replace what an operator before has left. */
    @Test
    void aTrialReplacesWhatAnotherLeftAndNothingElse() {
        try (var namespace = cluster.namespace("deletions")) {
            var preflights = new PreflightObjects(client);
            var wanted = owned(namespace.name());

            var left = preflights.replace(wanted);
            var made = preflights.replace(wanted);
            assertThat(made.getMetadata().getUid())
                    .isNotEqualTo(left.getMetadata().getUid());
            preflights.remove(left);
            assertThat(client.resource(made).get()).as("the later one").isNotNull();
            preflights.remove(made);

            var foreign = client.resource(map(namespace.name(), Map.of(ObjectLabels.MANAGED_BY, ObjectLabels.HEARTH)))
                    .create();
            assertThatThrownBy(() -> preflights.replace(wanted)).isInstanceOf(NameConflictException.class);
            assertThat(client.resource(foreign).get()).isEqualTo(foreign);
        }
    }

    private ConfigMap owned(String namespace) {
        return map(namespace, Map.of(ObjectLabels.MANAGED_BY, ObjectLabels.HEARTH))
                .edit()
                .editMetadata()
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("ConfigMap")
                .withName("owner")
                .withUid(owner(namespace).getMetadata().getUid())
                .endOwnerReference()
                .endMetadata()
                .build();
    }

    private ConfigMap owner(String namespace) {
        return client.resource(map(namespace, Map.of())
                        .edit()
                        .editMetadata()
                        .withName("owner")
                        .endMetadata()
                        .build())
                .create();
    }

    private static ConfigMap map(String namespace, Map<String, String> labels) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("same")
                .withLabels(labels)
                .endMetadata()
                .build();
    }
}
