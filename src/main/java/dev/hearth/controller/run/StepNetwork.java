package dev.hearth.controller.run;

import dev.hearth.api.Pipeline;
import dev.hearth.cluster.NetworkPolicyApplier;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.network.AddressRange;
import dev.hearth.core.network.AllowedRange;
import dev.hearth.pod.NetworkPolicies;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.stream.Collectors;

/** Applies the NetworkPolicies of a pipeline's steps, before the first pod of each run is created. */
@Singleton // created at startup, so that an invalid configuration fails there
public class StepNetwork {
    private final boolean enabled;
    private final NetworkPolicyApplier networks;
    private final Set<AddressRange> deny;
    private final NetworkPolicies.Allowed untrusted;

    /** Throws IllegalArgumentException if an address range of the configuration is invalid. */
    public StepNetwork(HearthConfig config, NetworkPolicyApplier networks) {
        this.enabled = config.network().enabled();
        this.networks = networks;
        this.deny = config.network().deny().orElse(Set.of()).stream()
                .map(AddressRange::parse)
                .collect(Collectors.toSet());
        var allow = config.network().untrusted().allow();
        this.untrusted = new NetworkPolicies.Allowed(
                allow.ranges().orElse(Set.of()).stream()
                        .sorted()
                        .map(AllowedRange::parse)
                        .toList(),
                allow.namespaces().orElse(Set.of()));
    }

    void apply(Pipeline pipeline) {
        if (enabled) {
            var meta = pipeline.getMetadata();
            new NetworkPolicies(networks.apiServer(), deny, untrusted)
                    .forPipeline(meta.getNamespace(), meta.getName(), OwnerReferences.controller(pipeline))
                    .forEach(networks::apply);
        }
    }
}
