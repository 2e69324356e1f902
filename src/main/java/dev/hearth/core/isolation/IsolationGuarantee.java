package dev.hearth.core.isolation;

import dev.hearth.api.IsolationForm;

/**
 * What a form of isolation guarantees to users who build code that they do not trust.
 *
 * @param full whether even a compromised daemon cannot write to caches of trusted refs
 * @param message the guarantee and its limits, as the condition Isolated shows them
 */
public record IsolationGuarantee(boolean full, String message) {

    private static final String HELD =
            "A compromised BuildKit daemon can write only to its own cache volume and its pod's temporary files: the kernel"
                    + " denies it writes to the trusted caches that its pod mounts read-only, and to the programs of its"
                    + " pod, whose root file systems are read-only. ";

    private static final String NOT_HELD =
            "It can read those caches, forge the results of its own builds, and use the pod's network. Nothing protects"
                    + " from a vulnerability of the kernel";

    public static IsolationGuarantee of(IsolationForm form) {
        return switch (form) {
            case UserNamespace ->
                new IsolationGuarantee(
                        true,
                        "builds run in a user namespace, in which root is a user without rights on the node. " + HELD
                                + NOT_HELD);
            case Rootless ->
                new IsolationGuarantee(
                        true,
                        "builds run without root. " + HELD + NOT_HELD
                                + ". This is weaker than a user namespace of Kubernetes: the daemon has the same user in"
                                + " all build pods of a node, and build steps can see and kill each other's processes and"
                                + " the daemon");
            case Privileged ->
                new IsolationGuarantee(
                        false,
                        "builds run as root of their node: one that breaks out controls the node and every volume that is"
                                + " mounted there. Pods of untrusted refs mount no volume of a trusted ref: their caches"
                                + " are seeded from a VolumeSnapshot or start empty. Build code that you do not trust on"
                                + " separate nodes, or enable UserNamespace or Rootless");
        };
    }
}
