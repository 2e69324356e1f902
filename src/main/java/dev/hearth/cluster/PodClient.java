package dev.hearth.cluster;

import dev.hearth.core.plan.Names;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodRun;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Set;

/** Looks at and ends pods in the API server itself, where a watch's view could be old. */
@ApplicationScoped
public class PodClient {
    private final KubernetesClient client;

    public PodClient(KubernetesClient client) {
        this.client = client;
    }

    /** Deletes a pod that was seen, also one that has changed since. Does nothing if it is gone. */
    public void delete(Pod seen) {
        new ObjectDeletion(client).delete(seen);
    }

    /**
     * Ends a pod as its own deadline does, without deleting it: what it keeps is collected, and can be read. Does nothing
     * where the pod is gone or has changed since it was seen: the change leads to another reconciliation.
     */
    public void expire(Pod seen) {
        try {
            client.resource(seen)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"metadata\":{\"resourceVersion\":\""
                                    + seen.getMetadata().getResourceVersion()
                                    + "\"},\"spec\":{\"activeDeadlineSeconds\":1}}");
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }

    /** Ends a pod as it was seen: not if anything has changed, such as that it has got its node. */
    public void deleteUnchanged(Pod pod) {
        new ObjectDeletion(client).deleteUnchanged(pod);
    }

    /**
     * Deletes pods of runs that are over and mount one of these claims: Kubernetes keeps a deleted claim, and its volume, for
     * as long as there is any pod that names it.
     */
    public void release(String namespace, Set<String> claims) {
        client
                .pods()
                .inNamespace(namespace)
                .withLabelSelector(ObjectLabels.SELECTOR + "," + ObjectLabels.RUN)
                .list()
                .getItems()
                .stream()
                .filter(pod -> PodRun.of(pod).isPresent() && PodReader.isOver(pod))
                .filter(pod -> PodReader.claims(pod).anyMatch(claims::contains))
                .forEach(this::delete);
    }

    /** Pods of a run that have not ended. */
    public List<Pod> ofRun(String namespace, String run) {
        return client
                .pods()
                .inNamespace(namespace)
                .withLabel(ObjectLabels.RUN, Names.bounded(run))
                .list()
                .getItems()
                .stream()
                .filter(pod -> PodRun.of(pod).filter(run::equals).isPresent() && !PodReader.isOver(pod))
                .toList();
    }

    /** Pods that hold a volume of a scope, or may be about to. */
    public List<Pod> ofScope(String namespace, String scope) {
        return client.pods().inNamespace(namespace).withLabel(ObjectLabels.SCOPE, scope).list().getItems().stream()
                .filter(pod -> PodRun.of(pod).isPresent())
                .toList();
    }
}
