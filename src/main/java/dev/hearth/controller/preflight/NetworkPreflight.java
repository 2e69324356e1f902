package dev.hearth.controller.preflight;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
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
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Checks by a preflight whether the cluster enforces NetworkPolicies. One check covers the cluster, since all of it has
 * the same network plugin. The result is held in memory. Until there is one, scopes keep the condition of an earlier
 * operator.
 */
@ApplicationScoped
public class NetworkPreflight {
    private static final Logger LOG = Logger.getLogger(NetworkPreflight.class);

    private final HearthConfig config;
    private final NetworkPolicyApplier networks;
    private final NetworkPreflightRunner preflights;
    private final String namespace;
    private final AtomicReference<@Nullable NetworkIsolation> found = new AtomicReference<>();

    public NetworkPreflight(HearthConfig config, NetworkPolicyApplier networks, NetworkPreflightRunner preflights) {
        this.config = config;
        this.networks = networks;
        this.preflights = preflights;
        this.namespace = config.namespace();
    }

    /** Runs the preflight. Blocks until it has ended. */
    public void attempt() {
        var owner = preflights.owner(namespace, System.getenv().getOrDefault("HOSTNAME", ""));
        if (!config.network().enabled() || owner.isEmpty()) {
            return;
        }
        var policies = new NetworkPolicies(networks.apiServer(), Set.of(), NetworkPolicies.Allowed.NOTHING)
                .forPipeline(namespace, NetworkPreflightPod.PIPELINE, owner.get());
        var addresses =
                List.of("kubernetes.default.svc:443", config.web().tls().service() + "." + namespace + ".svc:443");
        var result = preflights.run(
                new NetworkPreflightPod(namespace, config.agent().image(), owner.get()).pod(addresses), policies);
        if (!(result instanceof NetworkIsolation.Enforced)) {
            LOG.warnf("NetworkPolicies are not enforced, or that is unknown: %s", result);
        }
        found.set(result);
    }

    /** Returns a scope's conditions with that of the network, if it is known. */
    public List<Condition> addCondition(List<Condition> conditions, ConditionFactory factory) {
        var all = new ArrayList<>(conditions);
        var result = found.get();
        if (result != null) {
            all.add(result.condition(factory));
        } else {
            ConditionFactory.find(factory.before(), ConditionType.NetworkIsolated)
                    .ifPresent(all::add);
        }
        return all;
    }
}
