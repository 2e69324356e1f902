package dev.hearth.cluster.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.core.isolation.NetworkIsolation;
import dev.hearth.pod.NetworkPolicies;
import dev.hearth.pod.preflight.NetworkPreflightPod;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.HearthDeployment;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a preflight of the network leaves and finds in the API server. Its pod gets no node: the test says how it ended. */
class NetworkPreflightRunnerIT {
    private final Cluster cluster = HearthDeployment.shared();
    private final KubernetesClient client = HearthDeployment.operator(cluster);
    private final NetworkPreflightRunner preflights = new NetworkPreflightRunner(client);

    @Test
    void policiesOfAnOperatorThatIsStillThereDoNotStopThePreflight() throws Exception {
        try (var namespace = cluster.namespace("preflight")) {
            // Given: the replica that had the lease before
            var name = namespace.name();
            policies(name, owner(name, "former"))
                    .forEach(policy -> client.resource(policy).create());

            // When
            var owner = owner(name, "latter");
            var pod = pod(name, owner);
            var found = CompletableFuture.supplyAsync(() -> preflights.run(pod, policies(name, owner)));
            await().atMost(1, TimeUnit.MINUTES).until(() -> client.resource(pod).get() != null || found.isDone());

            // Then
            assertThat(found).isNotDone();
            assertThat(kept(name))
                    .hasSize(2)
                    .allSatisfy(policy -> assertThat(policy.getMetadata().getOwnerReferences())
                            .extracting(OwnerReference::getUid)
                            .containsExactly(owner.getUid()));

            // When
            end(pod);

            // Then
            assertThat(found.get(1, TimeUnit.MINUTES)).isInstanceOf(NetworkIsolation.Enforced.class);
            assertThat(kept(name)).isEmpty();
        }
    }

    private static List<NetworkPolicy> policies(String namespace, OwnerReference owner) {
        return new NetworkPolicies(Set.of(), Set.of(), NetworkPolicies.Allowed.NOTHING)
                .forPipeline(namespace, NetworkPreflightPod.PIPELINE, owner);
    }

    private static Pod pod(String namespace, OwnerReference owner) {
        var pod = new NetworkPreflightPod(namespace, "busybox", owner).pod(List.of("kubernetes.default.svc:443"));
        pod.getSpec().setNodeSelector(Map.of("hearth.dev/no-node-has", "this"));
        return pod;
    }

    private void end(Pod pod) {
        client.resource(pod).editStatus(it -> {
            it.setStatus(new PodStatusBuilder()
                    .withPhase("Succeeded")
                    .withContainerStatuses(new ContainerStatusBuilder()
                            .withName("preflight")
                            .withImage("busybox")
                            .withImageID("")
                            .withReady(false)
                            .withRestartCount(0)
                            .withNewState()
                            .withNewTerminated()
                            .withExitCode(0)
                            .endTerminated()
                            .endState()
                            .build())
                    .build());
            return it;
        });
    }

    private List<NetworkPolicy> kept(String namespace) {
        return client.network()
                .v1()
                .networkPolicies()
                .inNamespace(namespace)
                .list()
                .getItems();
    }

    private OwnerReference owner(String namespace, String name) {
        var map = client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        return new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("ConfigMap")
                .withName(name)
                .withUid(map.getMetadata().getUid())
                .build();
    }
}
