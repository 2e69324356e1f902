package dev.hearth.cluster;

import dev.hearth.core.network.AddressRange;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Where the API server is, and who may reach what. */
@ApplicationScoped
public class NetworkPolicyApplier {
    /** Namespace and name of the service that every cluster has for its API server, and of the addresses behind it. */
    private static final String NAMESPACE = "default";

    private static final String NAME = "kubernetes";

    private final KubernetesClient client;
    private final OwnedObjectWriter objects;

    public NetworkPolicyApplier(KubernetesClient client, OwnedObjectWriter objects) {
        this.client = client;
        this.objects = objects;
    }

    /** Every address at which a pod finds the API server. */
    public Set<AddressRange> apiServer() {
        var service = Objects.requireNonNull(
                client.services().inNamespace(NAMESPACE).withName(NAME).get(),
                "the cluster has no Service default/kubernetes, so steps cannot be kept from its API server");
        var addresses = new HashSet<>(service.getSpec().getClusterIPs());
        EndpointSlice behind = client.discovery()
                .v1()
                .endpointSlices()
                .inNamespace(NAMESPACE)
                .withName(NAME)
                .get();
        if (behind != null) {
            behind.getEndpoints().forEach(endpoint -> addresses.addAll(endpoint.getAddresses()));
        }
        return addresses.stream().map(AddressRange::of).collect(Collectors.toSet());
    }

    public void apply(NetworkPolicy policy) {
        objects.apply(policy);
    }
}
