package dev.hearth.core.cache;

import dev.hearth.core.diagnosis.Finding;
import java.util.Set;

/** What can be wrong with a cache without making a build wrong: the reasons that volume.sh, daemon.sh and solve.sh give. */
public final class CacheTrouble {
    /** Of a build that needs more room than its volume has. */
    public static final String VOLUME_FULL = "VolumeFull";
    /** A claim that was deleted, or whose storage is gone. */
    public static final String VOLUME_LOST = "VolumeLost";

    private static final String BROKEN = "CacheBroken";

    private static final Set<String> REASONS =
            Set.of(VOLUME_FULL, VOLUME_LOST, BROKEN, "SeedUnusable", "ImportFailed", "DaemonKilled", "NotSealed");

    private CacheTrouble() {}

    public static Set<String> reasons() {
        return REASONS;
    }

    /** With a reason that is known: a pod may say anything. */
    public static Finding of(String reason, String note) {
        return new Finding(REASONS.contains(reason) ? reason : BROKEN, note);
    }

    /** Whether a step that has this reason had trouble with its cache. */
    public static boolean isReason(String reason) {
        return REASONS.contains(reason);
    }
}
