package dev.hearth.cluster;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/**
 * Produces the client of the API server. It replaces the one of the Quarkus extension, and differs from it only in {@linkplain
 * AsciiWatchInterceptor how it reads watches over plain HTTP}.
 */
@Singleton
class ApiClientProducer {
    private final KubernetesClient client;

    ApiClientProducer(Config config, KubernetesSerialization serialization) {
        this.client = new KubernetesClientBuilder()
                .withConfig(config)
                .withKubernetesSerialization(serialization)
                .withHttpClientBuilderConsumer(AsciiWatchInterceptor::addTo)
                .build();
    }

    @Produces
    @ApplicationScoped
    KubernetesClient client() {
        return client;
    }

    @PreDestroy
    void close() {
        client.close();
    }
}
