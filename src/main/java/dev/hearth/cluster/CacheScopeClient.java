package dev.hearth.cluster;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.hearth.api.CacheScope;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lists and deletes cache scopes, and writes to them what is known about their refs. */
@ApplicationScoped
public class CacheScopeClient {
    private final KubernetesClient client;

    public CacheScopeClient(KubernetesClient client) {
        this.client = client;
    }

    /** Returns the scopes of a namespace as the API server has them: no watch may be late. */
    public List<CacheScope> list(String namespace) {
        return client.resources(CacheScope.class).inNamespace(namespace).list().getItems();
    }

    /**
     * Deletes a scope and the objects that it owns, unless the scope has changed since it was read. It changes when a
     * run gets one of its volumes.
     *
     * @return whether the scope was deleted
     */
    public boolean delete(CacheScope scope) {
        return new ObjectDeletion(client).deleteUnchanged(scope);
    }

    /**
     * Changes annotations and the policy of a scope. Does nothing if the scope no longer exists or has another uid.
     *
     * @param annotations annotations to set; a null value removes one
     */
    public void patchRefState(CacheScope scope, Map<String, @Nullable String> annotations, @Nullable String policy) {
        var meta = scope.getMetadata();
        var patch = JsonNodeFactory.instance.objectNode();
        var metadata = patch.putObject("metadata").put("uid", meta.getUid());
        var patched = metadata.putObject("annotations");
        annotations.forEach(patched::put);
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
