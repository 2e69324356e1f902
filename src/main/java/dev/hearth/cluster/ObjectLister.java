package dev.hearth.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.net.HttpURLConnection;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Lists objects from the API server, page by page, and throws if it cannot list all of them. The objects of a whole
 * cluster are too large to read in full, so usually only their metadata is read.
 */
record ObjectLister(KubernetesClient client) {
    private static final String METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    private static final int SECONDS = 30;

    /** Returns the metadata of the objects at a path such as {@code api/v1/pods}. */
    List<GenericKubernetesResource> metadata(String path, String selector) {
        return pages(path, selector, METADATA);
    }

    /** Returns the complete objects at a path. */
    List<GenericKubernetesResource> objects(String path) {
        return pages(path, "", "application/json");
    }

    private List<GenericKubernetesResource> pages(String path, String selector, String accept) {
        var found = new ArrayList<GenericKubernetesResource>();
        var next = "";
        do {
            var query = "?limit=500" + parameter("labelSelector", selector) + parameter("continue", next);
            var page = page(path, query, accept);
            Stream.ofNullable(page.getItems()) // null in an empty list
                    .flatMap(List::stream)
                    .forEach(found::add);
            next = Optional.ofNullable(page.getMetadata().getContinue()).orElse("");
        } while (!next.isEmpty());
        return found;
    }

    private static String parameter(String name, String value) {
        return value.isEmpty() ? "" : "&" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private GenericKubernetesResourceList page(String path, String query, String accept) {
        var answer = send(path, request(path + query).header("Accept", accept));
        if (answer.code() != HttpURLConnection.HTTP_OK) {
            throw new KubernetesClientException("cannot list " + path + ": HTTP " + answer.code(), answer.code(), null);
        }
        var page = client.getKubernetesSerialization().unmarshal(answer.body(), GenericKubernetesResourceList.class);
        if (page.getKind() == null || !page.getKind().endsWith("List") || page.getMetadata() == null) {
            throw new KubernetesClientException("cannot list " + path + ": the answer is a " + page.getKind());
        }
        return page;
    }

    HttpRequest.Builder request(String path) {
        return client.getHttpClient().newHttpRequestBuilder().uri(client.getMasterUrl() + path);
    }

    HttpResponse<String> send(String what, HttpRequest.Builder request) {
        try {
            return client.getHttpClient()
                    .sendAsync(request.build(), String.class)
                    .get(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted while reading " + what, e);
        } catch (ExecutionException | TimeoutException e) {
            throw new KubernetesClientException(what + ": " + e.getMessage(), e);
        }
    }
}
