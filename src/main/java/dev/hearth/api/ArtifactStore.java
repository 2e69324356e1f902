package dev.hearth.api;

/** Where a run's artifacts are kept for the steps after. */
public enum ArtifactStore {
    /** On a volume of the run: every pod that uses it follows it to its node. */
    Volume,
    /** In a registry, as images that are known by digest: pods are free to run on any node. */
    Registry
}
