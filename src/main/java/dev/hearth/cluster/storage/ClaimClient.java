package dev.hearth.cluster.storage;

import dev.hearth.cluster.ObjectDeletion;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Reads, expands and deletes PersistentVolumeClaims in the API server. */
@ApplicationScoped
public class ClaimClient {
    private static final Logger LOG = Logger.getLogger(ClaimClient.class);

    private static final int UNPROCESSABLE = 422;

    private final KubernetesClient client;

    public ClaimClient(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Returns the message of the claim's last warning event, which has the storage driver's error. Empty if there is
     * none.
     */
    public Optional<String> lastWarning(PersistentVolumeClaim claim) {
        try {
            return warnings(claim).max(Comparator.comparing(ClaimClient::time)).map(Event::getMessage);
        } catch (KubernetesClientException e) {
            LOG.warnf("cannot list events: %s", e.getMessage()); // no decision depends on the message
            return Optional.empty();
        }
    }

    private Stream<Event> warnings(PersistentVolumeClaim claim) {
        return client
                .v1()
                .events()
                .inNamespace(claim.getMetadata().getNamespace())
                .withField("involvedObject.uid", claim.getMetadata().getUid())
                .withField("type", "Warning")
                .list()
                .getItems()
                .stream()
                .filter(event -> event.getMessage() != null);
    }

    /**
     * Deletes a claim only if it has not changed since it was read, for example by being bound.
     *
     * @return whether the claim was deleted
     */
    public boolean deleteUnchanged(PersistentVolumeClaim claim) {
        return new ObjectDeletion(client).deleteUnchanged(claim);
    }

    /**
     * Requests a larger size for a claim.
     *
     * @return why the API server rejected the request, for example because of a quota; empty if it accepted it
     */
    public Optional<String> expand(PersistentVolumeClaim claim, String size) {
        try {
            client.persistentVolumeClaims()
                    .resource(claim)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"" + size + "\"}}}}");
            return Optional.empty();
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN || e.getCode() == UNPROCESSABLE) {
                return Optional.of(String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    /** Deletes a claim. Kubernetes delays the deletion until no pod refers to the claim. */
    public void delete(String namespace, String claim, String uid) {
        new ObjectDeletion(client).delete("api/v1/namespaces/" + namespace + "/persistentvolumeclaims/" + claim, uid);
    }

    private static String time(Event event) {
        if (event.getLastTimestamp() != null) {
            return event.getLastTimestamp();
        }
        return event.getEventTime() == null ? "" : event.getEventTime().getTime();
    }
}
