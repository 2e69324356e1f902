package dev.hearth.controller.run;

import dev.hearth.api.Pipeline;
import dev.hearth.cluster.Networks;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.Owners;
import dev.hearth.pod.NetworkPolicies;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;

/** Keeps a pipeline's steps from the cluster itself; before the first pod of a run exists, and anew for each run. */
@ApplicationScoped
public class StepNetwork {
    private final HearthConfig.Network config;
    private final Networks networks;

    public StepNetwork(HearthConfig config, Networks networks) {
        this.config = config.network();
        this.networks = networks;
    }

    void confine(Pipeline pipeline) {
        if (config.enabled()) {
            var meta = pipeline.getMetadata();
            var policies =
                    new NetworkPolicies(networks.apiServer(), config.deny().orElse(Set.of()));
            networks.apply(policies.of(meta.getNamespace(), meta.getName(), Owners.controller(pipeline)));
        }
    }
}
