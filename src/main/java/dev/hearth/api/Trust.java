package dev.hearth.api;

/** The rights of the runs of a ref. Computed only from the pipeline and the ref, so that a run cannot raise its own. */
public enum Trust {
    /** Runs have credentials, may push, and write caches that seed others. */
    Trusted,
    /** Runs have no credentials, never push, and write a cache that no other ref reads. */
    Untrusted
}
