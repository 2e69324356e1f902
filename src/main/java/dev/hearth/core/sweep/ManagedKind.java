package dev.hearth.core.sweep;

/** Kinds of objects that Hearth makes, in the order in which they are looked at: what may own others comes last. */
public enum ManagedKind {
    Pod,
    PersistentVolumeClaim,
    VolumeSnapshot,
    NetworkPolicy,
    ConfigMap,
    CacheScope,
    PipelineRun
}
