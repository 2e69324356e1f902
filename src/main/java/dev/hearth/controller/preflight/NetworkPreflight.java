package dev.hearth.controller.preflight;

import dev.hearth.api.Condition;
import dev.hearth.cluster.NetworkPolicyApplier;
import dev.hearth.cluster.preflight.NetworkPreflightRunner;
import dev.hearth.config.HearthConfig;
import dev.hearth.core.isolation.NetworkIsolation;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.pod.NetworkPolicies;
import dev.hearth.pod.preflight.NetworkPreflightPod;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Whether network policies hold, tried once for the whole cluster, since all of it has one plugin. Kept in memory; the condition
 * of a scope keeps what an operator before this one found until there is something newer.
 */
@ApplicationScoped
public class NetworkPreflight {
    private static final Logger LOG = Logger.getLogger(NetworkPreflight.class);

    private final HearthConfig config;
    private final NetworkPolicyApplier networks;
    private final NetworkPreflightRunner trials;
    private final String namespace;
    private final AtomicReference<@Nullable NetworkIsolation> found = new AtomicReference<>();

    public NetworkPreflight(
            HearthConfig config,
            NetworkPolicyApplier networks,
            NetworkPreflightRunner trials,
            @ConfigProperty(name = "hearth.namespace") String namespace) {
        this.config = config;
        this.networks = networks;
        this.trials = trials;
        this.namespace = namespace;
    }

    /** Blocks until it knows. */
    public void attempt() {
        var owner = trials.owner(namespace, System.getenv().getOrDefault("HOSTNAME", ""));
        if (!config.network().enabled() || owner.isEmpty()) {
            return;
        }
        var policies = new NetworkPolicies(networks.apiServer(), Set.of(), NetworkPolicies.Allowed.NOTHING)
                .forPipeline(namespace, NetworkPreflightPod.PIPELINE, owner.get());
        var places = List.of("kubernetes.default.svc:443", config.web().tls().service() + "." + namespace + ".svc:443");
        var result = trials.run(
                new NetworkPreflightPod(namespace, config.tools().image(), owner.get()).pod(places), policies);
        if (!(result instanceof NetworkIsolation.Enforced)) {
            LOG.warnf("network policies: %s", result);
        }
        found.set(result);
    }

    /** A scope's conditions with that of the network, if anything is known of it. */
    public List<Condition> addCondition(List<Condition> conditions, ConditionFactory words) {
        var all = new ArrayList<>(conditions);
        var result = found.get();
        if (result != null) {
            all.add(result.condition(words));
        } else {
            ConditionFactory.find(words.before(), NetworkIsolation.CONDITION).ifPresent(all::add);
        }
        return all;
    }
}
