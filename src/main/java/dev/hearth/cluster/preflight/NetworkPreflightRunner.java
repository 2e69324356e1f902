package dev.hearth.cluster.preflight;

import dev.hearth.cluster.NameTaken;
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
 * Runs the pod that tries the network, beside the operator, and takes it and its policies away again. Those that an
 * operator before this one left are replaced, since their names are the same. Blocks until it knows.
 */
@ApplicationScoped
public class NetworkPreflightRunner {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final KubernetesClient client;
    private final PreflightObjects trials;

    public NetworkPreflightRunner(KubernetesClient client) {
        this.client = client;
        this.trials = new PreflightObjects(client);
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
        var made = new ArrayList<HasMetadata>();
        try {
            policies.forEach(policy -> made.add(trials.replace(policy)));
            var running = trials.replace(pod);
            made.add(running);
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
                    .orElseGet(() -> new NetworkIsolation.Unknown("the trial's pod was deleted before it ended"));
        } catch (KubernetesClientTimeoutException e) {
            return new NetworkIsolation.Unknown(
                    "the trial's pod " + pod.getMetadata().getName() + " in namespace "
                            + pod.getMetadata().getNamespace() + " did not end: see why with kubectl describe pod");
        } catch (KubernetesClientException | NameTaken e) {
            return new NetworkIsolation.Unknown("the trial was refused: " + e.getMessage());
        } finally {
            made.reversed().forEach(trials::remove);
        }
    }
}
