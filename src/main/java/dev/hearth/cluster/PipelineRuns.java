package dev.hearth.cluster;

import dev.hearth.api.PipelineRun;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Looks at runs in the API server itself, where a watch's view could be old, or empty. */
@ApplicationScoped
public class PipelineRuns {
    /** Metadata alone: the runs of a whole cluster are too much to read with their status. */
    private static final String METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

    private static final String PATH = "apis/" + HasMetadata.getApiVersion(PipelineRun.class) + "/"
            + HasMetadata.getPlural(PipelineRun.class) + "?limit=500";
    private static final int SECONDS = 30;

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
        var uids = new HashSet<String>();
        var next = "";
        do {
            var page = page(next);
            Stream.ofNullable(page.getItems()) // null where there is none
                    .flatMap(List::stream)
                    .map(GenericKubernetesResource::getMetadata)
                    .forEach(metadata -> uids.add(metadata.getUid()));
            next = Optional.ofNullable(page.getMetadata().getContinue()).orElse("");
        } while (!next.isEmpty());
        return uids;
    }

    private GenericKubernetesResourceList page(String next) {
        var address = client.getMasterUrl()
                + PATH
                + (next.isEmpty() ? "" : "&continue=" + URLEncoder.encode(next, StandardCharsets.UTF_8));
        var http = client.getHttpClient();
        try {
            var answer = http.sendAsync(
                            http.newHttpRequestBuilder()
                                    .uri(address)
                                    .header("Accept", METADATA)
                                    .build(),
                            String.class)
                    .get(SECONDS, TimeUnit.SECONDS);
            if (answer.code() != HttpURLConnection.HTTP_OK) {
                throw new KubernetesClientException("runs could not be listed: HTTP " + answer.code());
            }
            var page =
                    client.getKubernetesSerialization().unmarshal(answer.body(), GenericKubernetesResourceList.class);
            if (!"PartialObjectMetadataList".equals(page.getKind()) || page.getMetadata() == null) {
                throw new KubernetesClientException("runs could not be listed: the answer is a " + page.getKind());
            }
            return page;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted while listing runs", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new KubernetesClientException("runs could not be listed: " + e.getMessage(), e);
        }
    }
}
