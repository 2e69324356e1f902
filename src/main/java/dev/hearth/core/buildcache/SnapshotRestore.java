package dev.hearth.core.buildcache;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The progress of restoring a volume from a VolumeSnapshot. */
public sealed interface SnapshotRestore {

    /** No restore is under way: the volume exists, or its provisioning was not requested yet. */
    record Idle() implements SnapshotRestore {}

    /** The storage driver is restoring the volume. */
    record Waiting(Wait since) implements SnapshotRestore {}

    /** The restore took too long, or is not of the chosen snapshot: the claim has to be created again. */
    record Overdue(String why) implements SnapshotRestore {}

    /**
     * A claim that has no volume yet.
     *
     * @param snapshot name of the VolumeSnapshot in the claim's data source
     * @param requested whether provisioning was requested; with WaitForFirstConsumer, whether a pod was scheduled
     * @param error the driver's latest error
     */
    record UnboundClaim(String snapshot, boolean requested, Optional<String> error) {

        public UnboundClaim withError(Optional<String> latest) {
            return new UnboundClaim(snapshot, requested, latest);
        }
    }

    /**
     * Decides whether to wait on. A driver retries after an error, so only the time limit ends a restore.
     *
     * @param claim empty if it has its volume, or is not restored from a snapshot
     * @param limit on the time since provisioning was requested
     */
    static SnapshotRestore of(ScopeVolume before, Optional<UnboundClaim> claim, Duration limit, Instant now) {
        if (claim.isEmpty()) {
            return new Idle();
        }
        var seed = before.seed();
        if (seed == null || !claim.get().snapshot().equals(seed.snapshot())) {
            return new Overdue("VolumeSnapshot " + claim.get().snapshot() + " is not the seed of the volume");
        }
        if (!claim.get().requested()) {
            return new Idle();
        }
        var since = Optional.ofNullable(before.waiting()).map(Wait::since).orElseGet(now::toString);
        var error = claim.get().error().map(it -> ": " + it).orElse("");
        var snapshot = "VolumeSnapshot " + claim.get().snapshot();
        if (now.isBefore(Instant.parse(since).plus(limit))) {
            return new Waiting(
                    new Wait(since, "waiting for storage to restore the cache volume from " + snapshot + error));
        }
        return new Overdue("storage did not restore " + snapshot + " within " + limit.toSeconds()
                + " s, seedWithin of the CachePolicy" + error);
    }
}
