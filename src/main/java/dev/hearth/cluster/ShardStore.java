package dev.hearth.cluster;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;

/** Keeps which shard runs which tests, so that pods can mount it and no later look decides otherwise. */
@ApplicationScoped
public class ShardStore {
    private final OwnedObjectWriter objects;

    public ShardStore(OwnedObjectWriter objects) {
        this.objects = objects;
    }

    /**
     * Keeps the lists, unless they have been before. Throws {@link NameTaken} where another object has the name: whoever made
     * that would decide which tests a run leaves out.
     *
     * @param lists tests, one a line, by shard
     * @return those that are kept
     */
    public Map<String, String> keep(
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
