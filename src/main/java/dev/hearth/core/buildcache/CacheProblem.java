package dev.hearth.core.buildcache;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A problem with a cache that makes a build slower, but not wrong. All but the last are reasons that agents report. The set
 * is closed because each value is a series of a metric, and a pod can report any text.
 */
public enum CacheProblem {
    /** A build needs more space than its volume has. */
    VolumeFull(Reason.VolumeFull),
    /** Content of other volumes fills the storage below this volume. The daemon removes nothing from this volume. */
    StorageFull(Reason.StorageFull),
    /** The claim was deleted, or its storage is lost. */
    VolumeLost(Reason.VolumeLost),
    /** The content of the volume was damaged. */
    CacheBroken(Reason.CacheBroken),
    /** The seed could not be read. */
    SeedUnusable(Reason.SeedUnusable),
    /** An exported cache directory could not be imported. */
    ImportFailed(Reason.ImportFailed),
    /** BuildKit was killed during a build. */
    DaemonKilled(Reason.DaemonKilled),
    /** The state of the volume could not be sealed. */
    NotSealed(Reason.NotSealed),
    /** The daemon ended without a report. Only a metric shows this, not a status. */
    NoReport;

    private final @Nullable Reason reason;

    CacheProblem() {
        this.reason = null;
    }

    CacheProblem(Reason reason) {
        this.reason = reason;
    }

    /** Returns the problem that a pod reports; a reason that agents do not use counts as damage. */
    public static StatusReason statusReason(String reported, String note) {
        return new StatusReason(
                reasons()
                        .filter(known -> known.name().equals(reported))
                        .findFirst()
                        .orElse(Reason.CacheBroken),
                note);
    }

    /** Returns the problem with this reason; empty if the reason is not about a cache. */
    public static Optional<CacheProblem> of(Reason reason) {
        return Stream.of(values()).filter(problem -> problem.reason == reason).findFirst();
    }

    private static Stream<Reason> reasons() {
        return Stream.of(values()).flatMap(problem -> Stream.ofNullable(problem.reason));
    }
}
