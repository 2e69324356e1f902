package dev.hearth.core.isolation;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Reason;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;

/** Whether the cluster's network plugin enforces the policies that keep steps from the cluster. */
public sealed interface NetworkIsolation {
    /** Its type among a scope's conditions. */
    ConditionType CONDITION = ConditionType.NetworkIsolated;

    /** A pod under an untrusted run's policy could not reach any forbidden host. */
    record Enforced() implements NetworkIsolation {}

    /**
     * Such a pod reached what it must not.
     *
     * @param reached hosts with ports
     */
    record Open(String reached) implements NetworkIsolation {}

    /** It could not be tried. */
    record Untried(String why) implements NetworkIsolation {}

    default Condition condition(ConditionFactory words) {
        return switch (this) {
            case Enforced _ ->
                words.condition(
                        CONDITION,
                        "True",
                        new StatusReason(
                                Reason.NetworkPoliciesEnforced,
                                "a pod with the network policy of an untrusted run was tried: it reaches neither the API"
                                        + " server nor the operator"));
            case Open(String reached) ->
                words.condition(
                        CONDITION,
                        "False",
                        new StatusReason(
                                Reason.NetworkPoliciesNotEnforced,
                                "a pod with the network policy of an untrusted run reached " + reached
                                        + ": the cluster's network plugin does not enforce network policies, so steps reach"
                                        + " the API server, the metadata of the cloud and all services; use a plugin that"
                                        + " does, such as Calico or Cilium, or run only code of people that you trust"));
            case Untried(String why) ->
                words.condition(
                        CONDITION,
                        "Unknown",
                        new StatusReason(
                                Reason.CheckFailed, "whether network policies are enforced is not known: " + why));
        };
    }
}
