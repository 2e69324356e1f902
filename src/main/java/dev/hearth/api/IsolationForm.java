package dev.hearth.api;

/** How a build pod is isolated from its node, from the strongest form to the weakest. */
public enum IsolationForm {
    /** In a user namespace that Kubernetes creates: root in the pod is a user without rights on the node. */
    UserNamespace,
    /** As a user without rights, in a user namespace that the pod creates itself. */
    Rootless,
    /** Not isolated: the daemon is root on the node. */
    Privileged
}
