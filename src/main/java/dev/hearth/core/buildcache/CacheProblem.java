package dev.hearth.core.buildcache;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What can be wrong with a cache without making a build wrong. All but the last are reasons that volume.sh, daemon.sh and
 * solve.sh give; a closed set, since each is a series of a metric and a pod may say anything.
 */
public enum CacheProblem {
    /** A build needs more room than its volume has. */
    VolumeFull(Reason.VolumeFull),
    /** Others' content fills the storage under a volume, which keeps its own. */
    StorageFull(Reason.StorageFull),
    /** The claim was deleted, or its storage is gone. */
    VolumeLost(Reason.VolumeLost),
    /** Its content was damaged. */
    CacheBroken(Reason.CacheBroken),
    /** What it was to start from could not be read. */
    SeedUnusable(Reason.SeedUnusable),
    /** What was exported for it could not be imported. */
    ImportFailed(Reason.ImportFailed),
    /** BuildKit was killed while it worked. */
    DaemonKilled(Reason.DaemonKilled),
    /** What was built could not be kept for others. */
    NotSealed(Reason.NotSealed),
    /** Its daemon ended without a word of how. Only a metric says so, not a status. */
    NoReport(null);

    private final @Nullable Reason reason;

    CacheProblem(@Nullable Reason reason) {
        this.reason = reason;
    }

    /** What a pod says is wrong; a word that the scripts do not have is taken for damage. */
    public static StatusReason finding(String word, String note) {
        return new StatusReason(
                troubles()
                        .filter(known -> known.name().equals(word))
                        .findFirst()
                        .orElse(Reason.CacheBroken),
                note);
    }

    /** The one that has a reason; empty if the reason says nothing about a cache. */
    public static Optional<CacheProblem> of(Reason reason) {
        return Stream.of(values()).filter(trouble -> trouble.reason == reason).findFirst();
    }

    private static Stream<Reason> troubles() {
        return Stream.of(values()).flatMap(trouble -> Stream.ofNullable(trouble.reason));
    }
}
