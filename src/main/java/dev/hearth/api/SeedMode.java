package dev.hearth.api;

/** How a new cache volume gets its first content. */
public enum SeedMode {
    /** The trusted volume is mounted read-only and seen through an overlay: nothing is copied. */
    Overlay,
    /** The volume is made from a VolumeSnapshot of the trusted one. */
    Snapshot,
    /** A container copies the sealed state, with reflinks where the file system has them. */
    Copy,
    /** BuildKit reads a cache directory that the trusted scope exported; no cache mounts. */
    Import,
    /** A generation of the volume itself, as spec.rollbackTo asks for. */
    Rollback,
    /** Nothing: the first run builds everything. */
    Cold;

    /** Whether the volume reads sealed layers for as long as it is there, and not only to begin with. */
    public boolean readsForGood() {
        return this == Overlay || this == Rollback;
    }
}
