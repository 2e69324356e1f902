package dev.hearth.pod;

import dev.hearth.core.network.AddressRange;
import dev.hearth.core.network.AllowedRange;
import dev.hearth.testbed.GoldenFiles;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The network policies of a pipeline, as they are by default and where an administrator denies and allows more. */
class NetworkPolicyGoldenTest {

    @TestFactory
    Stream<DynamicTest> networkPolicies() {
        var policies = new TreeMap<>(policies("default", Set.of(), NetworkPolicies.Allowed.NOTHING));
        policies.putAll(policies(
                "configured",
                Set.of("10.1.0.0/24", "203.0.113.7/32"),
                new NetworkPolicies.Allowed(
                        List.of(
                                AllowedRange.parse("10.1.0.0/16"),
                                AllowedRange.parse("10.2.3.4/32:5000"),
                                AllowedRange.parse("172.18.0.2/32")),
                        Set.of("mirrors", "databases"))));
        return GoldenFiles.tests("network-policies", policies);
    }

    private static Map<String, NetworkPolicy> policies(
            String configuration, Set<String> deny, NetworkPolicies.Allowed untrusted) {
        var owner = new OwnerReferenceBuilder()
                .withApiVersion("hearth.dev/v1alpha1")
                .withKind("Pipeline")
                .withName("app")
                .withUid("uid-of-app")
                .withController(true)
                .build();
        return new NetworkPolicies(
                        ranges(Set.of("10.96.0.1/32", "172.18.0.2/32", "fd00::1/128")), ranges(deny), untrusted)
                .forPipeline("ci", "app", owner).stream()
                        .collect(Collectors.toMap(
                                policy -> policy.getMetadata().getName() + "-" + configuration, policy -> policy));
    }

    private static Set<AddressRange> ranges(Set<String> texts) {
        return texts.stream().map(AddressRange::parse).collect(Collectors.toSet());
    }
}
