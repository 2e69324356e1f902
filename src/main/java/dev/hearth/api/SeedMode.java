package dev.hearth.api;

/** How a cache volume is seeded. */
public enum SeedMode {
    /** The trusted volume is mounted read-only below an overlay. Nothing is copied. */
    Overlay,
    /** The volume is created from a VolumeSnapshot of the trusted one. */
    Snapshot,
    /** A container copies the sealed generation, with reflinks if the file system supports them. */
    Copy,
    /** BuildKit imports a cache directory that the trusted scope exported. It has no cache mounts. */
    Import,
    /** The volume continues from one of its own generations, which spec.rollbackTo names. */
    Rollback,
    /** The volume starts empty: the first run builds everything. */
    Cold;

    /** Returns whether the volume reads sealed layers as long as it exists, and not only while it is seeded. */
    public boolean readsPermanently() {
        return this == Overlay || this == Rollback;
    }
}
