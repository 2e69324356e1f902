package dev.hearth.cluster;

import dev.hearth.api.Pipeline;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** Reads a pipeline from the API server, when a run records its spec. */
@ApplicationScoped
public class PipelineReader {
    private final KubernetesClient client;

    public PipelineReader(KubernetesClient client) {
        this.client = client;
    }

    public Optional<Pipeline> find(String namespace, String name) {
        return Optional.ofNullable(client.resources(Pipeline.class)
                .inNamespace(namespace)
                .withName(name)
                .get());
    }
}
