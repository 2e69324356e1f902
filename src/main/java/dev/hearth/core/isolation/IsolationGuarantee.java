package dev.hearth.core.isolation;

import dev.hearth.api.IsolationForm;

/**
 * What a form of isolation promises, in words for those who run builds of people that they do not trust.
 *
 * @param full whether a daemon that was broken into still cannot write what trusted refs have cached
 */
public record IsolationGuarantee(boolean full, String message) {

    private static final String HELD =
            "A BuildKit daemon that they broke into can write its own cache volume and its pod's temporary files, and"
                    + " nothing else: the kernel keeps it from the trusted caches that its pod mounts read-only, and from"
                    + " the programs of its pod, whose root file systems are read-only. ";

    private static final String NOT_HELD =
            "It can read those caches, forge the results of its own builds, and use the pod's network; against a fault of"
                    + " the kernel there is no promise";

    public static IsolationGuarantee of(IsolationForm form) {
        return switch (form) {
            case UserNamespace ->
                new IsolationGuarantee(
                        true, "builds run in a user namespace: root there is nobody on the node. " + HELD + NOT_HELD);
            case Rootless ->
                new IsolationGuarantee(
                        true,
                        "builds run without root. " + HELD + NOT_HELD
                                + ". Weaker than a user namespace of Kubernetes in that the daemon's user is the same in"
                                + " all build pods of a node, and that steps can see and end each other's processes and"
                                + " the daemon");
            case Privileged ->
                new IsolationGuarantee(
                        false,
                        "builds run as root of their node: one that breaks out has the node, with every volume that is"
                                + " mounted there. Pods of untrusted refs mount no volume of a trusted ref: their caches"
                                + " start from a VolumeSnapshot or with nothing. Run builds of people that you do not"
                                + " trust on nodes of their own, or make UserNamespace or Rootless possible");
        };
    }
}
