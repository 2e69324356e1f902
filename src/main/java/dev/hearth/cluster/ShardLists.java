package dev.hearth.cluster;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Objects;

/** Keeps which shard runs which tests, so that pods can mount it and no later look decides otherwise. */
@ApplicationScoped
public class ShardLists {
    private final KubernetesClient client;

    public ShardLists(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Keeps the lists, unless they have been before.
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
        try {
            return client.resource(map).create().getData();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            return Objects.requireNonNull(
                            client.configMaps()
                                    .inNamespace(namespace)
                                    .withName(name)
                                    .get(),
                            "the ConfigMap " + name + " was deleted as it was read")
                    .getData();
        }
    }
}
