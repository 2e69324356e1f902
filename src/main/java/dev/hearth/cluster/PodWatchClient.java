package dev.hearth.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;

/** The client for watches of pods, which reads only {@linkplain WatchedFields the needed fields} of a pod. */
@ApplicationScoped
public class PodWatchClient {
    private final KubernetesClient client;

    public PodWatchClient(KubernetesClient client) {
        this.client = new KubernetesClientBuilder()
                .withConfig(client.getConfiguration())
                .withKubernetesSerialization(WatchedFields.ofPods())
                .withHttpClientBuilderConsumer(AsciiWatchInterceptor::addTo)
                .build();
    }

    /** Returns the client. It is for watches only: pods that it reads must not be written back. */
    public KubernetesClient client() {
        return client;
    }

    @PreDestroy
    void close() {
        client.close();
    }
}
