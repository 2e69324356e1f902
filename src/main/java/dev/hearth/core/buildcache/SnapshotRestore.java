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

        public UnboundClaim withError(String latest) {
            return new UnboundClaim(snapshot, requested, Optional.of(latest));
        }
    }

    /**
     * Decides whether to wait on. A driver retries after an error, so only the time limit ends a restore.
     *
     * @param claim that is to be restored from a snapshot
     * @param limit on the time since provisioning was requested
     */
    static SnapshotRestore of(ScopeVolume before, UnboundClaim claim, Duration limit, Instant now) {
        var seed = before.seed();
        if (seed == null || !claim.snapshot().equals(seed.snapshot())) {
            return new Overdue("VolumeSnapshot " + claim.snapshot() + " is not the seed of the volume");
        }
        if (!claim.requested()) {
            return new Idle();
        }
        var since = Optional.ofNullable(before.waiting()).map(Wait::since).orElseGet(now::toString);
        var error = claim.error().map(it -> ": " + it).orElse("");
        var snapshot = "VolumeSnapshot " + claim.snapshot();
        if (now.isBefore(Instant.parse(since).plus(limit))) {
            return new Waiting(
                    new Wait(since, "waiting for storage to restore the cache volume from " + snapshot + error));
        }
        return new Overdue("storage did not restore " + snapshot + " within " + limit.toSeconds()
                + " s, seedWithin of the CachePolicy" + error);
    }
}
