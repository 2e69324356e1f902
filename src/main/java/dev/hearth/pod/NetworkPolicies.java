package dev.hearth.pod;

import dev.hearth.api.Trust;
import dev.hearth.core.network.AddressRange;
import dev.hearth.core.network.AllowedRange;
import dev.hearth.core.network.ReservedRanges;
import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPortBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Builds the NetworkPolicies that isolate a pipeline's pods from the cluster. No other pod can connect to them. Pods of
 * trusted runs reach every address except the API server and metadata services, which hand out the node's identity.
 * Pods of untrusted runs reach the internet, DNS and the addresses that an admin allows.
 *
 * @param apiServer addresses of the API server: that of its Service and those behind it, because network plugins differ
 *     in which of them they compare
 * @param deny further ranges that no run reaches
 * @param untrusted private addresses that untrusted runs reach
 */
public record NetworkPolicies(Set<AddressRange> apiServer, Set<AddressRange> deny, Allowed untrusted) {
    /**
     * Ports of DNS. OpenShift's DNS pods listen on 5353, and plugins compare the port of the pod, not of the Service.
     */
    private static final List<Integer> DNS_PORTS = List.of(53, 5353);

    private static final AddressRange IPV4 = AddressRange.parse("0.0.0.0/0");
    private static final AddressRange IPV6 = AddressRange.parse("::/0");

    /**
     * The private addresses that an admin allows untrusted runs to reach.
     *
     * @param places ranges with an optional port
     * @param namespaces namespaces whose pods they reach
     */
    public record Allowed(List<AllowedRange> places, Set<String> namespaces) {
        public static final Allowed NOTHING = new Allowed(List.of(), Set.of());
    }

    /** Returns the policies of a pipeline's pods. Exactly one of them selects each pod. */
    public List<NetworkPolicy> forPipeline(String namespace, String pipeline, OwnerReference owner) {
        return List.of(
                policy(Trust.Trusted, selector(pipeline, "In"), trustedEgress(), namespace, pipeline, owner),
                // Selects pods without the label as well.
                policy(Trust.Untrusted, selector(pipeline, "NotIn"), untrustedEgress(), namespace, pipeline, owner));
    }

    private static NetworkPolicy policy(
            Trust trust,
            LabelSelector selector,
            List<NetworkPolicyEgressRule> egress,
            String namespace,
            String pipeline,
            OwnerReference owner) {
        return new NetworkPolicyBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(Names.network(pipeline, trust))
                .withLabels(ObjectLabels.of(pipeline))
                .withOwnerReferences(owner)
                .endMetadata()
                .withNewSpec()
                .withPodSelector(selector)
                .withPolicyTypes("Ingress", "Egress")
                .withEgress(egress)
                .endSpec()
                .build();
    }

    private static LabelSelector selector(String pipeline, String operator) {
        return new LabelSelectorBuilder()
                .withMatchLabels(ObjectLabels.of(pipeline))
                .addNewMatchExpression()
                .withKey(ObjectLabels.TRUST)
                .withOperator(operator)
                .withValues(Trust.Trusted.name())
                .endMatchExpression()
                .build();
    }

    private List<NetworkPolicyEgressRule> trustedEgress() {
        var denied = Stream.of(ReservedRanges.METADATA, apiServer, deny)
                .flatMap(Collection::stream)
                .toList();
        return List.of(to(List.of(), pods(), range(IPV4, denied), range(IPV6, denied)), dns(linkLocal()));
    }

    private List<NetworkPolicyEgressRule> untrustedEgress() {
        var closed = Stream.of(ReservedRanges.METADATA, apiServer, deny)
                .flatMap(Collection::stream)
                .toList();
        var denied =
                Stream.concat(closed.stream(), ReservedRanges.PRIVATE.stream()).toList();
        var rules = new ArrayList<NetworkPolicyEgressRule>();
        rules.add(to(List.of(), range(IPV4, denied), range(IPV6, denied)));
        rules.add(dns(pods(), linkLocal()));
        untrusted.namespaces().stream()
                .sorted()
                .map(name -> to(List.of(), pods(name)))
                .forEach(rules::add);
        untrusted.places().stream()
                // A range that is closed to all runs stays closed, even inside an allowed one.
                .filter(place -> closed.stream().noneMatch(it -> it.contains(place.range())))
                .map(place -> to(
                        place.port().stream().mapToObj(it -> port(it, "TCP")).toList(), range(place.range(), closed)))
                .forEach(rules::add);
        return rules;
    }

    private static NetworkPolicyEgressRule to(List<NetworkPolicyPort> ports, NetworkPolicyPeer... peers) {
        return new NetworkPolicyEgressRuleBuilder()
                .withPorts(ports)
                .withTo(peers)
                .build();
    }

    private static NetworkPolicyEgressRule dns(NetworkPolicyPeer... servers) {
        var ports = DNS_PORTS.stream()
                .flatMap(it -> Stream.of(port(it, "UDP"), port(it, "TCP")))
                .toList();
        return to(ports, servers);
    }

    private static NetworkPolicyPort port(int number, String protocol) {
        return new NetworkPolicyPortBuilder()
                .withPort(new IntOrString(number))
                .withProtocol(protocol)
                .build();
    }

    /** Some clusters serve DNS at a link-local address of each node. */
    private static NetworkPolicyPeer linkLocal() {
        return range(ReservedRanges.LINK_LOCAL, List.of(ReservedRanges.METADATA_SERVICE));
    }

    /** Selects all pods. Some plugins apply an address range to addresses outside of the cluster only. */
    private static NetworkPolicyPeer pods() {
        return new NetworkPolicyPeerBuilder()
                .withNewNamespaceSelector()
                .endNamespaceSelector()
                .build();
    }

    private static NetworkPolicyPeer pods(String namespace) {
        return new NetworkPolicyPeerBuilder()
                .withNewNamespaceSelector()
                .addToMatchLabels("kubernetes.io/metadata.name", namespace)
                .endNamespaceSelector()
                .build();
    }

    /** The API server accepts an exception only if it lies within the range and is smaller than it. */
    private static NetworkPolicyPeer range(AddressRange all, Collection<AddressRange> denied) {
        var inside = denied.stream()
                .filter(it -> all.contains(it) && !it.contains(all))
                .toList();
        return new NetworkPolicyPeerBuilder()
                .withNewIpBlock()
                .withCidr(all.text())
                .withExcept(inside.stream()
                        .filter(it -> inside.stream().noneMatch(other -> other.contains(it) && !it.contains(other)))
                        .map(AddressRange::text)
                        .distinct()
                        .sorted()
                        .toList())
                .endIpBlock()
                .build();
    }
}
