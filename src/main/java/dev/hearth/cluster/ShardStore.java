package dev.hearth.cluster;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;

/** Stores the lists of tests of a task's shards in a ConfigMap that pods mount. Once stored, the lists never change. */
@ApplicationScoped
public class ShardStore {
    private final OwnedObjectWriter objects;

    public ShardStore(OwnedObjectWriter objects) {
        this.objects = objects;
    }

    /**
     * Stores the lists unless they exist. Throws {@link NameConflictException} if a ConfigMap of the name has another
     * owner, which could decide which tests a run skips.
     *
     * @param lists lists of tests by shard, with one test per line
     * @return the stored lists
     */
    public Map<String, String> store(
            String namespace,
            String name,
            Map<String, String> lists,
            Map<String, String> labels,
            OwnerReference owner) {
        var map = new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withLabels(labels)
                .withOwnerReferences(owner)
                .endMetadata()
                .withImmutable(true)
                .withData(lists)
                .build();
        return objects.create(map).getData();
    }
}
