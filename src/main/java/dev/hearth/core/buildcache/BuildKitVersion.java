package dev.hearth.core.buildcache;

/** The version of BuildKit in the agent's image. Only the version that sealed a generation reads it. */
public final class BuildKitVersion {
    /** A tag of BuildKit's repository. A test compares it with the agent's go.mod. */
    public static final String PINNED = "v0.34.2";

    private BuildKitVersion() {}
}
