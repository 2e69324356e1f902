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

/** Applies NetworkPolicies, and finds the addresses of the API server for them. */
@ApplicationScoped
public class NetworkPolicyApplier {
    /** Namespace and name of the API server's Service and EndpointSlice, which every cluster has. */
    private static final String NAMESPACE = "default";

    private static final String NAME = "kubernetes";

    private final KubernetesClient client;
    private final OwnedObjectWriter objects;

    public NetworkPolicyApplier(KubernetesClient client, OwnedObjectWriter objects) {
        this.client = client;
        this.objects = objects;
    }

    /** Returns every address at which a pod can reach the API server. */
    public Set<AddressRange> apiServer() {
        var service = Objects.requireNonNull(
                client.services().inNamespace(NAMESPACE).withName(NAME).get(),
                "the cluster has no Service default/kubernetes, so steps cannot be kept from its API server");
        var addresses = new HashSet<>(service.getSpec().getClusterIPs());
        EndpointSlice slice = client.discovery()
                .v1()
                .endpointSlices()
                .inNamespace(NAMESPACE)
                .withName(NAME)
                .get();
        if (slice != null) {
            slice.getEndpoints().forEach(endpoint -> addresses.addAll(endpoint.getAddresses()));
        }
        return addresses.stream().map(AddressRange::of).collect(Collectors.toSet());
    }

    public void apply(NetworkPolicy policy) {
        objects.apply(policy);
    }
}
