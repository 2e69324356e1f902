package dev.hearth.cluster;

import dev.hearth.core.isolation.NetworkIsolation;
import dev.hearth.pod.NetworkTrialPod;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs the pod that tries the network, beside the operator, and takes it and its policies away again. Those that an
 * operator before this one left are replaced, since their names are the same. Blocks until it knows.
 */
@ApplicationScoped
public class NetworkTrialRunner {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration LONGEST_REMOVAL = Duration.ofSeconds(20);

    private final KubernetesClient client;

    public NetworkTrialRunner(KubernetesClient client) {
        this.client = client;
    }

    /** A pod as the owner of what goes with it; empty where there is no such pod, as where the operator runs outside. */
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
     * Tries the network.
     *
     * @param policies that hold for the pod
     */
    public NetworkIsolation run(Pod pod, List<NetworkPolicy> policies) {
        var handle = client.pods()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName());
        try {
            handle.withGracePeriod(0).delete();
            handle.waitUntilCondition(Objects::isNull, LONGEST_REMOVAL.toSeconds(), TimeUnit.SECONDS);
            for (NetworkPolicy policy : policies) {
                client.resource(policy).delete();
                client.resource(policy).create();
            }
            client.resource(pod).create();
            return Optional.ofNullable(handle.waitUntilCondition(
                            it -> it == null || NetworkTrialPod.read(it).isPresent(),
                            PATIENCE.toSeconds(),
                            TimeUnit.SECONDS))
                    .flatMap(NetworkTrialPod::read)
                    .orElseGet(() -> new NetworkIsolation.Untried("the trial's pod was deleted before it ended"));
        } catch (KubernetesClientTimeoutException e) {
            return new NetworkIsolation.Untried(
                    "the trial's pod " + pod.getMetadata().getName() + " in namespace "
                            + pod.getMetadata().getNamespace() + " did not end: see why with kubectl describe pod");
        } catch (KubernetesClientException e) {
            return new NetworkIsolation.Untried("the trial was refused: " + e.getMessage());
        } finally {
            handle.withGracePeriod(0).delete();
            policies.forEach(policy -> client.resource(policy).delete());
        }
    }
}
