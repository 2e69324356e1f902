package dev.hearth.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;

/** The client of watches of pods, for which a pod has {@linkplain WatchedFields few fields}. */
@ApplicationScoped
public class PodWatchClient {
    private final KubernetesClient client;

    public PodWatchClient(KubernetesClient client) {
        this.client = new KubernetesClientBuilder()
                .withConfig(client.getConfiguration())
                .withKubernetesSerialization(WatchedFields.ofPods())
                .build();
    }

    /** Watches only. */
    public KubernetesClient client() {
        return client;
    }

    @PreDestroy
    void close() {
        client.close();
    }
}
