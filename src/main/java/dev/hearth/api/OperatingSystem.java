package dev.hearth.api;

/** The operating system of a task's containers, which the node must have. */
public enum OperatingSystem {
    Linux,
    Windows
}
