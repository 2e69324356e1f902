package dev.hearth.cluster;

import dev.hearth.core.plan.Names;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodRun;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Preconditions;
import io.fabric8.kubernetes.api.model.PreconditionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lists, ends and deletes pods in the API server, for cases where the cache of a watch may be outdated. */
@ApplicationScoped
public class PodClient {
    private static final int UNPROCESSABLE = 422;

    /** How often a change is tried that others may prevent by theirs. */
    private static final int TRIES = 5;

    /**
     * How long a pod that waits for a run may take to end. It has nothing to seal. Its containers end at once, but one that has just
     * started misses the signal: the kernel drops it for the first process of a container until that has a handler.
     */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final KubernetesClient client;

    public PodClient(KubernetesClient client) {
        this.client = client;
    }

    /** Deletes a pod, even if it has changed since it was read. Does nothing if it no longer exists. */
    public void delete(Pod pod) {
        new ObjectDeletion(client).delete(pod);
    }

    /** Deletes a pod that waits for a run, unless it is another one of the same name. */
    public void deleteWaiting(String namespace, String pod, String uid) {
        deleteWaiting(namespace, pod, new PreconditionsBuilder().withUid(uid).build());
    }

    /** Deletes a pod that waits for a run, unless it has changed since it was read: a run may have taken it. */
    public void deleteWaiting(String namespace, String pod, String uid, String resourceVersion) {
        deleteWaiting(namespace, pod, new Preconditions(resourceVersion, uid));
    }

    private void deleteWaiting(String namespace, String pod, Preconditions preconditions) {
        new ObjectDeletion(client).delete("api/v1/namespaces/" + namespace + "/pods/" + pod, preconditions, GRACE);
    }

    /**
     * Ends a pod that waits for a run, unless a run has taken it. It is not deleted, so that it is not created again at once. One
     * without a node is: no kubelet would end it.
     */
    public void expireWaiting(Pod pod) {
        if (pod.getSpec().getNodeName() == null) {
            deleteUnchanged(pod);
            return;
        }
        var owner = pod.getMetadata().getOwnerReferences().getFirst().getUid();
        try {
            client.resource(pod)
                    .patch(
                            PatchContext.of(PatchType.JSON),
                            "[{\"op\":\"test\",\"path\":\"/metadata/ownerReferences/0/uid\",\"value\":\"" + owner
                                    + "\"},{\"op\":\"add\",\"path\":\"/spec/activeDeadlineSeconds\",\"value\":1}]");
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND && e.getCode() != UNPROCESSABLE) {
                throw e;
            }
        }
    }

    /**
     * Ends a pod in the same way as its deadline, without deleting it, so that its reports are collected and can be
     * read. Does nothing if the pod no longer exists or has changed since it was read: the change triggers another
     * reconciliation.
     */
    public void expire(Pod pod) {
        try {
            client.resource(pod)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"metadata\":{\"resourceVersion\":\""
                                    + pod.getMetadata().getResourceVersion()
                                    + "\"},\"spec\":{\"activeDeadlineSeconds\":1}}");
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }

    /**
     * Changes a pod that waits into one of a run. Does nothing if the pod is gone, has ended, is being deleted or belongs to a run
     * already: the scope's controller sees that, and the run creates its own.
     *
     * @param change what changes, with the name and the uid of the pod
     * @param scope uid of the cache scope that the pod has waited for
     * @param seen the pod as a watch shows it; null if that does not
     */
    public void take(Pod change, String scope, @Nullable Pod seen) {
        var metadata = change.getMetadata();
        var pod = client.pods().inNamespace(metadata.getNamespace()).withName(metadata.getName());
        var now = seen == null ? pod.get() : seen;
        for (int tries = 1; waits(now, metadata.getUid(), scope); tries++) {
            // The change is for this state: the kubelet may just write another one, or another leader take the pod.
            metadata.setResourceVersion(now.getMetadata().getResourceVersion());
            try {
                pod.patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(change));
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() == UNPROCESSABLE) {
                    var found = now.getMetadata();
                    deleteWaiting(found.getNamespace(), found.getName(), found.getUid(), found.getResourceVersion());
                    return;
                }
                if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
                        && (e.getCode() != HttpURLConnection.HTTP_CONFLICT || tries == TRIES)) {
                    throw e;
                }
                now = pod.get();
            }
        }
    }

    private static boolean waits(@Nullable Pod pod, String uid, String scope) {
        return pod != null
                && pod.getMetadata().getUid().equals(uid)
                && OwnedObjectWriter.isOwnedBy(pod, scope)
                && !PodReader.hasFinished(pod)
                && pod.getMetadata().getDeletionTimestamp() == null;
    }

    /** Deletes a pod only if it has not changed since it was read, for example by being scheduled. */
    public void deleteUnchanged(Pod pod) {
        new ObjectDeletion(client).deleteUnchanged(pod);
    }

    /**
     * Deletes the finished pods of runs that have a volume of one of these claims. Kubernetes keeps a deleted claim and
     * its volume for as long as a pod refers to the claim.
     */
    public void release(String namespace, Set<String> claims) {
        client
                .pods()
                .inNamespace(namespace)
                .withLabelSelector(ObjectLabels.SELECTOR + "," + ObjectLabels.RUN)
                .list()
                .getItems()
                .stream()
                .filter(pod -> PodRun.of(pod).isPresent() && PodReader.hasFinished(pod))
                .filter(pod -> PodReader.claims(pod).anyMatch(claims::contains))
                .forEach(this::delete);
    }

    /** Returns the pods of a run that have not finished. */
    public List<Pod> ofRun(String namespace, String run) {
        return client
                .pods()
                .inNamespace(namespace)
                .withLabel(ObjectLabels.RUN, Names.bounded(run))
                .list()
                .getItems()
                .stream()
                .filter(pod -> PodRun.of(pod).filter(run::equals).isPresent() && !PodReader.hasFinished(pod))
                .toList();
    }

    /** Returns the pods that have a volume of a cache scope, of runs and warm ones: those that the watch of scopes shows, or will. */
    public List<Pod> ofScope(String namespace, String scope) {
        return client.pods()
                .inNamespace(namespace)
                .withLabelSelector(ObjectLabels.SELECTOR + "," + ObjectLabels.SCOPE + "=" + scope)
                .list()
                .getItems();
    }
}
