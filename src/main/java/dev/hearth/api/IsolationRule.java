package dev.hearth.api;

/** The isolation that builds must have: the strongest possible one with {@code Auto}, otherwise exactly this one. */
public enum IsolationRule {
    Auto,
    UserNamespace,
    Rootless,
    Privileged
}
