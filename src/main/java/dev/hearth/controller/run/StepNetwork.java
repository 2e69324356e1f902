package dev.hearth.controller.run;

import dev.hearth.api.Pipeline;
import dev.hearth.cluster.NetworkPolicyApplier;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.network.AddressRange;
import dev.hearth.core.network.AllowedRange;
import dev.hearth.pod.NetworkPolicies;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Keeps a pipeline's steps from the cluster itself; before the first pod of a run exists, and anew for each run. */
@Singleton // made at the start, so that a configuration it cannot read ends it then
public class StepNetwork {
    private final boolean enabled;
    private final NetworkPolicyApplier networks;
    private final Set<AddressRange> deny;
    private final NetworkPolicies.Allowed untrusted;

    /** Throws IllegalArgumentException where the configuration names what is no address. */
    public StepNetwork(HearthConfig config, NetworkPolicyApplier networks) {
        this.enabled = config.network().enabled();
        this.networks = networks;
        this.deny = all(config.network().deny()).map(AddressRange::parse).collect(Collectors.toSet());
        var allow = config.network().untrusted().allow();
        this.untrusted = new NetworkPolicies.Allowed(
                all(allow.ranges()).sorted().map(AllowedRange::parse).toList(),
                allow.namespaces().orElse(Set.of()));
    }

    void confine(Pipeline pipeline) {
        if (enabled) {
            var meta = pipeline.getMetadata();
            new NetworkPolicies(networks.apiServer(), deny, untrusted)
                    .forPipeline(meta.getNamespace(), meta.getName(), OwnerReferences.controller(pipeline))
                    .forEach(networks::apply);
        }
    }

    private static Stream<String> all(Optional<Set<String>> configured) {
        return configured.stream().flatMap(Collection::stream);
    }
}
