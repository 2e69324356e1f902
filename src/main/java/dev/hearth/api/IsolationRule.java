package dev.hearth.api;

/** Which isolation builds are to have: the strongest that is possible, or one and no other. */
public enum IsolationRule {
    Auto,
    UserNamespace,
    Rootless,
    Privileged
}
