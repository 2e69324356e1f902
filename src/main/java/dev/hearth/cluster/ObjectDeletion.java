package dev.hearth.cluster;

import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Preconditions;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;

/**
 * Deletes objects that have been seen, with what they own. Each is deleted by its uid, so another object that has taken its
 * name stays. Deleting an object that is gone is no error.
 */
public record ObjectDeletion(KubernetesClient client) {

    /** Deletes an object, also one that has changed since it was seen. */
    boolean delete(HasMetadata seen) {
        return delete(path(seen), options(uid(seen)));
    }

    /** Deletes an object without a grace period: the containers of a pod are killed. */
    public boolean kill(HasMetadata seen) {
        return delete(
                path(seen), options(uid(seen)).edit().withGracePeriodSeconds(0L).build());
    }

    /** Deletes an object only if it has not changed since it was seen. */
    public boolean deleteUnchanged(HasMetadata seen) {
        return delete(
                path(seen),
                options(new Preconditions(
                        seen.getMetadata().getResourceVersion(), uid(seen).getUid())));
    }

    /**
     * Deletes what is at a path, such as {@code api/v1/namespaces/a/pods/b}.
     *
     * @return whether it is deleted by this; not if it is gone, or is not as the preconditions say
     */
    public boolean delete(String path, Preconditions preconditions) {
        return delete(path, options(preconditions));
    }

    private boolean delete(String path, DeleteOptions options) {
        try {
            client.raw("/" + path, "DELETE", options);
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND || e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return false;
            }
            throw e;
        }
    }

    private static Preconditions uid(HasMetadata seen) {
        return new Preconditions(null, seen.getMetadata().getUid());
    }

    private static DeleteOptions options(Preconditions preconditions) {
        return new DeleteOptionsBuilder()
                .withPropagationPolicy("Background")
                .withPreconditions(preconditions)
                .build();
    }

    private static String path(HasMetadata seen) {
        var version = seen.getApiVersion();
        return (version.contains("/") ? "apis/" : "api/") + version + "/namespaces/"
                + seen.getMetadata().getNamespace() + "/" + HasMetadata.getPlural(seen.getClass()) + "/"
                + seen.getMetadata().getName();
    }
}
