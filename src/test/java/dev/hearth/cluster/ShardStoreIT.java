package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.core.plan.Names;
import dev.hearth.testbed.HearthDeployment;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which tests a shard runs is decided once, and by nobody else. */
class ShardStoreIT {
    private static final String NAME = Names.shards("run", "unit");

    private final KubernetesClient client = HearthDeployment.operator(HearthDeployment.shared());
    private final ShardStore lists = new ShardStore(new OwnedObjectWriter(client));

    /** Where admission is switched off, a tenant can make one first, to have tests left out. */
    @Test
    void aForeignMapWithTheNameDecidesNothing() {
        try (var namespace = HearthDeployment.shared().namespace("shards")) {
            var owner = map(namespace.name(), "owner", Map.of());
            var foreign = map(namespace.name(), NAME, Map.of("1", "", "2", ""));

            assertThatThrownBy(() -> lists.store(namespace.name(), NAME, Map.of("1", "A"), Map.of(), of(owner)))
                    .isInstanceOf(NameConflictException.class)
                    .hasMessageContaining("ConfigMap " + NAME)
                    .hasMessageContaining("delete it");
            assertThat(client.resource(foreign).get()).isEqualTo(foreign);
        }
    }

    @Test
    void whatWasDecidedStays() {
        try (var namespace = HearthDeployment.shared().namespace("shards")) {
            var owner = map(namespace.name(), "owner", Map.of());
            var first = Map.of("1", "A", "2", "B");

            assertThat(lists.store(namespace.name(), NAME, first, Map.of(), of(owner)))
                    .isEqualTo(first);
            assertThat(lists.store(namespace.name(), NAME, Map.of("1", "", "2", ""), Map.of(), of(owner)))
                    .isEqualTo(first);
        }
    }

    private ConfigMap map(String namespace, String name, Map<String, String> data) {
        return client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(name)
                        .endMetadata()
                        .withData(data)
                        .build())
                .create();
    }

    private static OwnerReference of(ConfigMap owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("ConfigMap")
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .build();
    }
}
