package dev.hearth.core.isolation;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Reason;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;

/** Whether the cluster's network plugin enforces the NetworkPolicies of steps. */
public sealed interface NetworkIsolation {
    /** A pod with an untrusted run's policy could not reach any forbidden host. */
    record Enforced() implements NetworkIsolation {}

    /**
     * A pod with that policy reached forbidden hosts.
     *
     * @param reached hosts with ports
     */
    record Open(String reached) implements NetworkIsolation {}

    /** The preflight could not find out. */
    record Unknown(String why) implements NetworkIsolation {}

    default Condition condition(ConditionFactory factory) {
        return switch (this) {
            case Enforced _ ->
                factory.condition(
                        ConditionType.NetworkIsolated,
                        "True",
                        new StatusReason(
                                Reason.NetworkPoliciesEnforced,
                                "a test pod with the network policy of an untrusted run reached neither the API server nor"
                                        + " the operator"));
            case Open(String reached) ->
                factory.condition(
                        ConditionType.NetworkIsolated,
                        "False",
                        new StatusReason(
                                Reason.NetworkPoliciesNotEnforced,
                                "a test pod with the network policy of an untrusted run reached " + reached
                                        + ": the cluster's network plugin does not enforce network policies, so steps can"
                                        + " reach the API server, the cloud's metadata service and all services; use a"
                                        + " plugin that does, such as Calico or Cilium, or run only code that you trust"));
            case Unknown(String why) ->
                factory.condition(
                        ConditionType.NetworkIsolated,
                        "Unknown",
                        new StatusReason(
                                Reason.CheckFailed, "it is not known whether network policies are enforced: " + why));
        };
    }
}
