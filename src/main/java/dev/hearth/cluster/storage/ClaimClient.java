package dev.hearth.cluster.storage;

import dev.hearth.cluster.ObjectDeletion;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Preconditions;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Looks at claims that storage has made no volume for, and gives up those that are of no use. */
@ApplicationScoped
public class ClaimClient {
    private static final Logger LOG = Logger.getLogger(ClaimClient.class);

    private static final int UNPROCESSABLE = 422;

    private final KubernetesClient client;

    public ClaimClient(KubernetesClient client) {
        this.client = client;
    }

    /** What its driver last said went wrong: a claim's own status does not. */
    public Optional<String> complaint(PersistentVolumeClaim claim) {
        try {
            return warnings(claim).max(Comparator.comparing(ClaimClient::time)).map(Event::getMessage);
        } catch (KubernetesClientException e) {
            LOG.warnf("cannot list events: %s", e.getMessage()); // they explain, nothing is decided by them
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
     * Deletes a claim as it was seen: not if it has got its volume, or changed in any way, since.
     *
     * @return whether it is deleted
     */
    public boolean giveUp(PersistentVolumeClaim claim) {
        return new ObjectDeletion(client).deleteUnchanged(claim);
    }

    /**
     * Has a claim's volume grow.
     *
     * @return why the API server refused, as where a quota is used up; empty if it did not
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

    /** Whether there is a claim that has an owner. A claim of that name alone proves nothing. */
    public boolean exists(String namespace, String claim, String ownerUid) {
        var found = client.persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(claim)
                .get();
        return found != null
                && found.getMetadata().getDeletionTimestamp() == null
                && OwnedObjectWriter.isOf(found, ownerUid);
    }

    /** Claims of what runs of a pipeline have left. */
    public List<PersistentVolumeClaim> ofRuns(String namespace, String pipeline) {
        return client.persistentVolumeClaims()
                .inNamespace(namespace)
                .withLabels(ObjectLabels.of(pipeline))
                .withLabel(ObjectLabels.RUN)
                .list()
                .getItems();
    }

    /** Makes a claim of one of these owners stay for as long as one more does; one of another is left as it is. */
    public void share(String namespace, String claim, Set<String> ownerUids, OwnerReference other) {
        client.persistentVolumeClaims().inNamespace(namespace).withName(claim).edit(found -> {
            if (ownerUids.stream().anyMatch(uid -> OwnedObjectWriter.isOf(found, uid))
                    && !OwnedObjectWriter.isOf(found, other)) {
                found.getMetadata().getOwnerReferences().add(other);
            }
            return found;
        });
    }

    /** Deletes a claim that nobody needs. One that a pod still names goes when that does: Kubernetes sees to it. */
    public void delete(String namespace, String claim, String uid) {
        new ObjectDeletion(client)
                .delete(
                        "api/v1/namespaces/" + namespace + "/persistentvolumeclaims/" + claim,
                        new Preconditions(null, uid));
    }

    private static String time(Event event) {
        if (event.getLastTimestamp() != null) {
            return event.getLastTimestamp();
        }
        return event.getEventTime() == null ? "" : event.getEventTime().getTime();
    }
}
