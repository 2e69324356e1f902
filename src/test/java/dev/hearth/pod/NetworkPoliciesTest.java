package dev.hearth.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Trust;
import dev.hearth.core.network.AddressRange;
import dev.hearth.core.network.AllowedRange;
import dev.hearth.core.network.ReservedRanges;
import dev.hearth.pod.NetworkPolicies.Allowed;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NetworkPoliciesTest {
    private static final String POD = "10.42.0.9";
    private static final String INTERNET = "93.184.216.34";

    @Test
    void letUntrustedStepsReachTheInternetAndDnsAlone() {
        var policy = policy(Trust.Untrusted, Set.of("10.43.0.1", "34.1.2.3"), Set.of(), Allowed.NOTHING);

        assertThat(reaches(policy, INTERNET, 443)).isTrue();
        assertThat(reaches(policy, "2606:50c0::153", 443)).isTrue();
        for (var closed : List.of(
                POD,
                "10.43.0.1",
                "34.1.2.3",
                "192.168.1.1",
                "172.16.0.9",
                "100.64.0.1",
                "169.254.169.254",
                "168.63.129.16",
                "100.100.100.200",
                "fd00:ec2::254",
                "fd00:ec2::23",
                "fd12::1",
                "fe80::1",
                "64:ff9b::10.42.0.9")) {
            assertThat(reaches(policy, closed, 443)).as(closed).isFalse();
        }
        // The only pods are those that serve DNS.
        assertThat(policy.getSpec().getEgress())
                .filteredOn(rule -> rule.getTo().stream().anyMatch(peer -> peer.getNamespaceSelector() != null))
                .allSatisfy(rule -> assertThat(rule.getPorts())
                        .isNotEmpty()
                        .allSatisfy(
                                port -> assertThat(port.getPort().getIntVal()).isIn(53, 5353)));
        assertThat(reaches(policy, "169.254.20.10", 53)).isTrue();
        assertThat(reaches(policy, "169.254.169.254", 53)).isFalse();
    }

    @Test
    void letUntrustedStepsReachWhatAnAdministratorAllowsAndNothingThatNobodyMay() {
        var allowed = new Allowed(
                List.of(
                        AllowedRange.parse("10.0.0.0/8"),
                        AllowedRange.parse("192.168.1.1/32:5000"),
                        AllowedRange.parse("169.254.169.254/32"),
                        AllowedRange.parse("10.43.0.1/32")),
                Set.of("git"));
        var policy = policy(Trust.Untrusted, Set.of("10.43.0.1"), Set.of("10.9.0.0/16"), allowed);

        assertThat(reaches(policy, POD, 443)).isTrue();
        assertThat(reaches(policy, "192.168.1.1", 5000)).isTrue();
        assertThat(reaches(policy, "192.168.1.1", 443)).isFalse();
        assertThat(reaches(policy, "192.168.1.2", 5000)).isFalse();
        assertThat(reaches(policy, "10.43.0.1", 443)).isFalse();
        assertThat(reaches(policy, "10.9.1.1", 443)).isFalse();
        assertThat(reaches(policy, "169.254.169.254", 80)).isFalse();
        assertThat(policy.getSpec().getEgress().stream()
                        .filter(rule -> rule.getPorts().isEmpty())
                        .flatMap(rule -> rule.getTo().stream())
                        .map(NetworkPolicyPeer::getNamespaceSelector)
                        .filter(Objects::nonNull)
                        .map(namespaces -> namespaces.getMatchLabels()))
                .containsExactly(Map.of("kubernetes.io/metadata.name", "git"));
    }

    /** Otherwise the API server refuses the policy, and no run would start. */
    @ParameterizedTest
    @EnumSource
    void exceptOnlyWhatLiesInTheirRange(Trust trust) {
        var allowed = new Allowed(List.of(AllowedRange.parse("10.0.0.0/8"), AllowedRange.parse("fd00::/8")), Set.of());
        var policy = policy(trust, Set.of("10.43.0.1", "fd00:43::1"), Set.of("10.0.0.0/8"), allowed);

        assertThat(blocks(policy.getSpec().getEgress())).isNotEmpty().allSatisfy(block -> {
            var range = AddressRange.parse(block.getCidr());
            assertThat(block.getExcept()).doesNotHaveDuplicates().allSatisfy(except -> {
                assertThat(range.contains(AddressRange.parse(except))).isTrue();
                assertThat(AddressRange.parse(except).contains(range)).isFalse();
            });
        });
    }

    @Test
    void ofEveryPodExactlyOneDecides() {
        var trusted = policy(Trust.Trusted, Set.of(), Set.of(), Allowed.NOTHING);
        var untrusted = policy(Trust.Untrusted, Set.of(), Set.of(), Allowed.NOTHING);

        assertThat(ObjectLabels.ofRun("app", "app-run"))
                .containsAllEntriesOf(trusted.getSpec().getPodSelector().getMatchLabels())
                .containsAllEntriesOf(untrusted.getSpec().getPodSelector().getMatchLabels());
        assertThat(expressions(trusted)).containsExactly("hearth.dev/trust In [Trusted]");
        assertThat(expressions(untrusted)).containsExactly("hearth.dev/trust NotIn [Trusted]");
        assertThat(trusted.getMetadata().getName())
                .isNotEqualTo(untrusted.getMetadata().getName());
    }

    private static List<String> expressions(NetworkPolicy policy) {
        return policy.getSpec().getPodSelector().getMatchExpressions().stream()
                .map(it -> it.getKey() + " " + it.getOperator() + " " + it.getValues())
                .toList();
    }

    /** As plugins decide of addresses. */
    private static boolean reaches(NetworkPolicy policy, String literal, int port) {
        var address = InetAddress.ofLiteral(literal);
        return policy.getSpec().getEgress().stream()
                .filter(rule -> rule.getPorts().isEmpty()
                        || rule.getPorts().stream().anyMatch(it -> it.getPort().getIntVal() == port))
                .flatMap(rule -> blocks(List.of(rule)).stream())
                .anyMatch(block -> AddressRange.parse(block.getCidr()).contains(address)
                        && !ReservedRanges.contain(
                                block.getExcept().stream()
                                        .map(AddressRange::parse)
                                        .toList(),
                                address));
    }

    private static List<IPBlock> blocks(List<NetworkPolicyEgressRule> rules) {
        return rules.stream()
                .flatMap(rule -> rule.getTo().stream())
                .map(NetworkPolicyPeer::getIpBlock)
                .filter(Objects::nonNull)
                .toList();
    }

    private static NetworkPolicy policy(Trust trust, Set<String> apiServer, Set<String> deny, Allowed allowed) {
        var owner = new OwnerReferenceBuilder().withUid("u").build();
        var policies = new NetworkPolicies(
                        apiServer.stream().map(AddressRange::of).collect(Collectors.toSet()),
                        deny.stream().map(AddressRange::parse).collect(Collectors.toSet()),
                        allowed)
                .forPipeline("ci", "app", owner);
        return switch (trust) {
            case Trusted -> policies.getFirst();
            case Untrusted -> policies.getLast();
        };
    }
}
