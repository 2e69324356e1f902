package dev.hearth.cluster;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.hearth.api.CacheScope;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Deletes scopes, and tells them what others found out about their ref. */
@ApplicationScoped
public class CacheScopeClient {
    private final KubernetesClient client;

    public CacheScopeClient(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Deletes a scope as it was seen, with all that it owns: not if it has changed since, as it does when a run gets one
     * of its volumes.
     *
     * @return whether it is deleted
     */
    public boolean delete(CacheScope scope) {
        return new ObjectDeletion(client).deleteUnchanged(scope);
    }

    /**
     * Changes annotations of a scope, and which policy it follows; nothing if it is gone, or another one.
     *
     * @param annotations null values remove one
     */
    public void patchRefState(CacheScope scope, Map<String, @Nullable String> annotations, @Nullable String policy) {
        var meta = scope.getMetadata();
        var patch = JsonNodeFactory.instance.objectNode();
        var metadata = patch.putObject("metadata").put("uid", meta.getUid());
        var marks = metadata.putObject("annotations");
        annotations.forEach(marks::put);
        patch.putObject("spec").put("policy", policy);
        try {
            client.resources(CacheScope.class)
                    .inNamespace(meta.getNamespace())
                    .withName(meta.getName())
                    .patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
        }
    }
}
