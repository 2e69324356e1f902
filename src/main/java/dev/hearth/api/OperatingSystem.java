package dev.hearth.api;

/** Operating system of a task's containers, and so of the node that they need. */
public enum OperatingSystem {
    Linux,
    Windows
}
