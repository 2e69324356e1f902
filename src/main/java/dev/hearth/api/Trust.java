package dev.hearth.api;

/** What the runs of a ref may hold. Computed from the pipeline and git alone; nothing that a run says can raise it. */
public enum Trust {
    /** Credentials, pushes, and a cache that others start from. */
    Trusted,
    /** None of it: a cache of its own, that nobody else ever reads. */
    Untrusted
}
