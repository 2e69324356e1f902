package dev.hearth.core.isolation;

import dev.hearth.api.Isolation;

/** What a form of isolation promises, in words for those who run builds of people that they do not trust. */
public record Guarantee(boolean full, String message) {

    public static Guarantee of(Isolation form) {
        return switch (form) {
            case UserNamespace ->
                new Guarantee(
                        true,
                        "builds run in a user namespace: root there is nobody on the node, and the kernel keeps a trusted"
                                + " cache that they read from being written even by a daemon that they broke into");
            case Rootless ->
                new Guarantee(
                        true,
                        "builds run without root: the kernel keeps a trusted cache that they read from being written even"
                                + " by a daemon that they broke into; weaker than a user namespace of Kubernetes in that"
                                + " the daemon's user is the same in all build pods of a node, and that steps can see and"
                                + " end each other's processes and the daemon");
            case Privileged ->
                new Guarantee(
                        false,
                        "builds run as root of their node: one that breaks out has the node, so a trusted cache is not"
                                + " mounted into its pod and Overlay is not used; run builds of people that you do not trust"
                                + " on nodes of their own, or make UserNamespace or Rootless possible");
        };
    }
}
