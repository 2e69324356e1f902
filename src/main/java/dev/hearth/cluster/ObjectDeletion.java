package dev.hearth.cluster;

import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Preconditions;
import io.fabric8.kubernetes.api.model.PreconditionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;

/**
 * Deletes objects and the objects that they own. Every deletion has the object's uid as a precondition, so a later
 * object of the same name is not deleted. Deleting an object that no longer exists is no error.
 */
public record ObjectDeletion(KubernetesClient client) {

    /** Deletes an object, even if it has changed since it was read. */
    boolean delete(HasMetadata object) {
        return delete(path(object), options(uid(object)));
    }

    /** Deletes an object without a grace period. The containers of a pod are killed. */
    public boolean kill(HasMetadata object) {
        return delete(
                path(object),
                options(uid(object)).edit().withGracePeriodSeconds(0L).build());
    }

    /** Deletes an object only if it has not changed since it was read. */
    public boolean deleteUnchanged(HasMetadata object) {
        return delete(
                path(object),
                options(new Preconditions(
                        object.getMetadata().getResourceVersion(), uid(object).getUid())));
    }

    /**
     * Deletes the object at a path, such as {@code api/v1/namespaces/a/pods/b}.
     *
     * @return false if the object does not exist or does not meet the preconditions
     */
    public boolean delete(String path, Preconditions preconditions) {
        return delete(path, options(preconditions));
    }

    /** Deletes the object at a path, unless it is another one of the same name. */
    public boolean delete(String path, String uid) {
        return delete(path, uid(uid));
    }

    /** Deletes a pod by its path. Its containers are killed after a time. */
    boolean delete(String path, Preconditions preconditions, Duration grace) {
        return delete(
                path,
                options(preconditions)
                        .edit()
                        .withGracePeriodSeconds(grace.toSeconds())
                        .build());
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

    private static Preconditions uid(HasMetadata object) {
        return uid(object.getMetadata().getUid());
    }

    private static Preconditions uid(String uid) {
        return new PreconditionsBuilder().withUid(uid).build();
    }

    private static DeleteOptions options(Preconditions preconditions) {
        return new DeleteOptionsBuilder()
                .withPropagationPolicy("Background")
                .withPreconditions(preconditions)
                .build();
    }

    private static String path(HasMetadata object) {
        var version = object.getApiVersion();
        return (version.contains("/") ? "apis/" : "api/") + version + "/namespaces/"
                + object.getMetadata().getNamespace() + "/" + HasMetadata.getPlural(object.getClass()) + "/"
                + object.getMetadata().getName();
    }
}
