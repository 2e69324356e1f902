package dev.hearth.pod;

import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Keeps a pipeline's pods from the cluster that they run in: nobody reaches them, and they reach everything but the API
 * server and what hands out the node's identity.
 *
 * @param apiServer its addresses, before and after a service's is translated: plugins differ in which they look at
 * @param deny further ranges
 */
public record NetworkPolicies(Set<String> apiServer, Set<String> deny) {
    private static final String LINK_LOCAL = "169.254.0.0/16";
    /** Where clouds tell a node who it is, and give it credentials: of all IPv4, of AWS and of Google. */
    private static final List<String> METADATA = List.of(LINK_LOCAL, "fd00:ec2::254/128", "fd20:ce::254/128");

    /** One for all runs of a pipeline. */
    public NetworkPolicy of(String namespace, String pipeline, OwnerReference owner) {
        return new NetworkPolicyBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(Names.network(pipeline))
                .withLabels(Labels.of(pipeline))
                .withOwnerReferences(owner)
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .withMatchLabels(Labels.of(pipeline))
                .endPodSelector()
                .withPolicyTypes("Ingress", "Egress")
                .addNewEgress()
                .withTo(pods(), range("0.0.0.0/0", except(false)), range("::/0", except(true)))
                .endEgress()
                // Some clusters have their DNS at a link-local address of each node.
                .addNewEgress()
                .withTo(range(LINK_LOCAL, Set.of("169.254.169.254/32")))
                .withPorts(dns("UDP"), dns("TCP"))
                .endEgress()
                .endSpec()
                .build();
    }

    /** Named apart, since to some plugins a range of addresses is only what is outside of the cluster. */
    private static NetworkPolicyPeer pods() {
        return new NetworkPolicyPeerBuilder()
                .withNewNamespaceSelector()
                .endNamespaceSelector()
                .build();
    }

    private static NetworkPolicyPeer range(String all, Collection<String> except) {
        return new NetworkPolicyPeerBuilder()
                .withNewIpBlock()
                .withCidr(all)
                .withExcept(List.copyOf(except))
                .endIpBlock()
                .build();
    }

    private static NetworkPolicyPort dns(String protocol) {
        return new NetworkPolicyPort(null, new IntOrString(53), protocol);
    }

    private Set<String> except(boolean ipv6) {
        var except = new TreeSet<String>();
        Stream.of(METADATA, deny, apiServer.stream().map(NetworkPolicies::alone).toList())
                .flatMap(Collection::stream)
                .filter(range -> range.contains(":") == ipv6)
                .forEach(except::add);
        return except;
    }

    private static String alone(String address) {
        return address + (address.contains(":") ? "/128" : "/32");
    }
}
