package dev.hearth.api;

/** What happens to pull requests of people who may not write the repository. */
public enum StrangerRule {
    /** They are not run. */
    Ignore,
    /** Each commit waits until somebody approves it. */
    Approve,
    /** They run as all pull requests do: without credentials, without pushes, and without writing trusted caches. */
    Run
}
