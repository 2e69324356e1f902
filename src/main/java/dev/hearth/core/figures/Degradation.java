package dev.hearth.core.figures;

import java.util.stream.Stream;

/** What made a cache worse than it should be: a closed set, since each is a series, and a build could write anything. */
public enum Degradation {
    /** What it was to start from could not be read. */
    SeedUnusable,
    /** It was full while something was built. */
    VolumeFull,
    /** Somebody deleted it, or its storage is gone. */
    VolumeLost,
    /** Its content was damaged. */
    CacheBroken,
    /** What was exported for it could not be imported. */
    ImportFailed,
    /** BuildKit was killed while it worked. */
    DaemonKilled,
    /** What was built could not be kept for others. */
    NotSealed,
    /** Its daemon ended without a word of how. */
    NoReport,
    /** Something else, which the scope's status tells. */
    Other;

    /** The one of a daemon's word. */
    public static Degradation of(String word) {
        return Stream.of(values())
                .filter(it -> it.name().equals(word))
                .findFirst()
                .orElse(Other);
    }
}
