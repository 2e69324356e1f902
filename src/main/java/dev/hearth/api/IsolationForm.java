package dev.hearth.api;

/** How the daemon that runs a build's steps is kept from the node, strongest first. */
public enum IsolationForm {
    /** In a user namespace that Kubernetes makes: root in the pod is nobody on the node. */
    UserNamespace,
    /** As a user without rights, in a user namespace that the pod makes itself. */
    Rootless,
    /** As root of the node. */
    Privileged
}
