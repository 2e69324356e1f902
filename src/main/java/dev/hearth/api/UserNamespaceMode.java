package dev.hearth.api;

/** Whether pods of tasks get a user namespace of their own: where that is possible, or in any case, or not at all. */
public enum UserNamespaceMode {
    Auto,
    Always,
    Never
}
