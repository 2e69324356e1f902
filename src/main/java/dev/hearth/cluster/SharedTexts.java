package dev.hearth.cluster;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads and writes data that the operator's replicas share: a Secret, and a ConfigMap with the public part of it. */
@ApplicationScoped
public class SharedTexts {
    private final KubernetesClient client;

    public SharedTexts(KubernetesClient client) {
        this.client = client;
    }

    /**
     * The data and version of a Secret.
     *
     * @param version resource version; null if the Secret does not exist
     */
    public record Stored(Map<String, String> data, @Nullable String version) {}

    public Stored read(String namespace, String name) {
        return Optional.ofNullable(
                        client.secrets().inNamespace(namespace).withName(name).get())
                .map(secret -> new Stored(decoded(secret), secret.getMetadata().getResourceVersion()))
                .orElse(new Stored(Map.of(), null));
    }

    /**
     * Replaces the data of a Secret, unless another replica has changed it since it was read.
     *
     * @return whether the data was replaced
     */
    public boolean replace(String namespace, String name, Stored before, Map<String, String> data) {
        try {
            if (before.version() == null) {
                client.resource(new SecretBuilder()
                                .withNewMetadata()
                                .withNamespace(namespace)
                                .withName(name)
                                .endMetadata()
                                .withStringData(data)
                                .build())
                        .create();
                return true;
            }
            var secret = client.secrets().inNamespace(namespace).withName(name).require();
            if (!before.version().equals(secret.getMetadata().getResourceVersion())) {
                return false;
            }
            client.resource(new SecretBuilder(secret).withStringData(data).build())
                    .lockResourceVersion(before.version())
                    .update();
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return false;
            }
            throw e;
        }
    }

    /** Writes a text to a ConfigMap, unless the ConfigMap has it already. */
    public void publish(String namespace, String name, String key, String text) {
        var map = client.configMaps().inNamespace(namespace).withName(name).get();
        if (map == null) {
            client.resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withNamespace(namespace)
                            .withName(name)
                            .endMetadata()
                            .addToData(key, text)
                            .build())
                    .create();
        } else if (map.getData() == null || !text.equals(map.getData().get(key))) {
            client.resource(new ConfigMapBuilder(map).addToData(key, text).build())
                    .update();
        }
    }

    private static Map<String, String> decoded(Secret secret) {
        var data = new TreeMap<String, String>();
        if (secret.getData() != null) {
            secret.getData()
                    .keySet()
                    .forEach(key -> SecretReader.value(secret, key).ifPresent(value -> data.put(key, value)));
        }
        return data;
    }
}
