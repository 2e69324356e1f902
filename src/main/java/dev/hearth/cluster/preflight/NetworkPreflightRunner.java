package dev.hearth.cluster.preflight;

import dev.hearth.cluster.NameConflictException;
import dev.hearth.core.isolation.NetworkIsolation;
import dev.hearth.pod.preflight.NetworkPreflightPod;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs the network preflight in the operator's namespace, and deletes its pod and policies again. Objects that an
 * earlier operator process has left are replaced, since they have the same names. Blocks until there is a result.
 */
@ApplicationScoped
public class NetworkPreflightRunner {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final KubernetesClient client;
    private final PreflightObjects objects;

    public NetworkPreflightRunner(KubernetesClient client) {
        this.client = client;
        this.objects = new PreflightObjects(client);
    }

    /** Returns a reference to the operator's pod as an owner. Empty if the operator does not run in the cluster. */
    public Optional<OwnerReference> owner(String namespace, String pod) {
        return Optional.ofNullable(
                        client.pods().inNamespace(namespace).withName(pod).get())
                .map(it -> new OwnerReferenceBuilder()
                        .withApiVersion("v1")
                        .withKind("Pod")
                        .withName(pod)
                        .withUid(it.getMetadata().getUid())
                        .build());
    }

    /**
     * Runs the preflight.
     *
     * @param policies policies that select the pod
     */
    public NetworkIsolation run(Pod pod, List<NetworkPolicy> policies) {
        var created = new ArrayList<HasMetadata>();
        try {
            policies.forEach(policy -> created.add(objects.replace(policy)));
            var running = objects.replace(pod);
            created.add(running);
            return Optional.ofNullable(client.pods()
                            .resource(running)
                            .waitUntilCondition(
                                    it -> it == null
                                            || !PreflightObjects.isSame(it, running)
                                            || NetworkPreflightPod.read(it).isPresent(),
                                    PATIENCE.toSeconds(),
                                    TimeUnit.SECONDS))
                    .filter(it -> PreflightObjects.isSame(it, running))
                    .flatMap(NetworkPreflightPod::read)
                    .orElseGet(() -> new NetworkIsolation.Unknown("the preflight's pod was deleted before it ended"));
        } catch (KubernetesClientTimeoutException e) {
            return new NetworkIsolation.Unknown(
                    "the preflight's pod " + pod.getMetadata().getName() + " in namespace "
                            + pod.getMetadata().getNamespace() + " did not end: kubectl describe pod shows why");
        } catch (KubernetesClientException | NameConflictException e) {
            return new NetworkIsolation.Unknown("the preflight's objects were rejected: " + e.getMessage());
        } finally {
            created.reversed().forEach(objects::remove);
        }
    }
}
