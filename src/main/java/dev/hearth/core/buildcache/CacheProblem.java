package dev.hearth.core.buildcache;

import dev.hearth.core.status.StatusReason;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What can be wrong with a cache without making a build wrong. All but the last are reasons that volume.sh, daemon.sh and
 * solve.sh give; a closed set, since each is a series of a metric and a pod may say anything.
 */
public enum CacheProblem {
    /** A build needs more room than its volume has. */
    VolumeFull,
    /** Others' content fills the storage under a volume, which keeps its own. */
    StorageFull,
    /** The claim was deleted, or its storage is gone. */
    VolumeLost,
    /** Its content was damaged. */
    CacheBroken,
    /** What it was to start from could not be read. */
    SeedUnusable,
    /** What was exported for it could not be imported. */
    ImportFailed,
    /** BuildKit was killed while it worked. */
    DaemonKilled,
    /** What was built could not be kept for others. */
    NotSealed,
    /** Its daemon ended without a word of how. */
    NoReport;

    /** The one of a pod's word; what is no such word is taken for damage. */
    public static CacheProblem of(String reason) {
        return known(reason).orElse(CacheBroken);
    }

    public static StatusReason finding(String reason, String note) {
        return new StatusReason(of(reason).name(), note);
    }

    /** Whether a step that has this reason had trouble with its cache. */
    public static boolean isReason(String reason) {
        return known(reason).isPresent();
    }

    private static Optional<CacheProblem> known(String reason) {
        return Stream.of(values())
                .filter(trouble -> trouble != NoReport && trouble.name().equals(reason))
                .findFirst();
    }
}
