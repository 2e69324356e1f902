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
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lists and deletes cache scopes, and writes to them what is known about their refs. */
@ApplicationScoped
public class CacheScopeClient {
    /** Annotation of a scope: uid of the last run of another ref that began to need what is on its volumes. */
    public static final String NEEDED_BY = "hearth.dev/needed-by";

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
     * Records that a run needs what is on a scope's volumes. It changes the scope, so {@link #delete} does not delete it for whoever
     * has read it before.
     *
     * @return the scope; empty if it does not exist or is being deleted
     */
    public Optional<CacheScope> need(String namespace, String name, String runUid) {
        var patch = JsonNodeFactory.instance.objectNode();
        patch.putObject("metadata").putObject("annotations").put(NEEDED_BY, runUid);
        try {
            return Optional.ofNullable(client.resources(CacheScope.class)
                            .inNamespace(namespace)
                            .withName(name)
                            .patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString()))
                    .filter(scope -> !scope.isMarkedForDeletion());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
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
