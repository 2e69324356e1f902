package dev.hearth.api;

/** Whether task pods have a user namespace: where it is possible with {@code Auto}, or always, or never. */
public enum UserNamespaceMode {
    Auto,
    Always,
    Never
}
