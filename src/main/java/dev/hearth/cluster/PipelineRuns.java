package dev.hearth.cluster;

import dev.hearth.api.PipelineRun;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Looks at runs in the API server itself, where a watch's view could be old, or empty. */
@ApplicationScoped
public class PipelineRuns {
    private static final String PATH =
            "apis/" + HasMetadata.getApiVersion(PipelineRun.class) + "/" + HasMetadata.getPlural(PipelineRun.class);

    private final KubernetesClient client;

    public PipelineRuns(KubernetesClient client) {
        this.client = client;
    }

    public Optional<PipelineRun> find(String namespace, String name) {
        return Optional.ofNullable(client.resources(PipelineRun.class)
                .inNamespace(namespace)
                .withName(name)
                .get());
    }

    /** Deletes a run as it is, not a later one of its name; what it owns goes with it. */
    public void delete(PipelineRun run) {
        var meta = run.getMetadata();
        var known = find(meta.getNamespace(), meta.getName());
        if (known.filter(found -> found.getMetadata().getUid().equals(meta.getUid()))
                .isPresent()) {
            client.resource(known.get())
                    .lockResourceVersion(known.get().getMetadata().getResourceVersion())
                    .delete();
        }
    }

    /** Which runs there are in all namespaces, by their uid. Throws unless the API server has told of every one. */
    public Set<String> uids() {
        return new ObjectLists(client)
                .metadata(PATH, "").stream()
                        .map(run -> run.getMetadata().getUid())
                        .collect(Collectors.toSet());
    }
}
