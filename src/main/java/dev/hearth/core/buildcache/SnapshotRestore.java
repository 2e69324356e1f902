package dev.hearth.core.buildcache;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Where the making of a volume from a VolumeSnapshot stands. */
public sealed interface SnapshotRestore {

    /** Nothing is being made, or nobody has been asked yet: there is nothing to wait for. */
    record Idle() implements SnapshotRestore {}

    /** Storage is at it. */
    record Waiting(Wait since) implements SnapshotRestore {}

    /** It took too long, or is not what was decided: the claim has to be made anew. */
    record Overdue(String why) implements SnapshotRestore {}

    /**
     * A claim without a volume.
     *
     * @param snapshot that it is to be made from
     * @param asked whether its driver has been told to; where volumes follow pods that is once a pod has its node
     * @param said what the driver last said went wrong
     */
    record Unmade(String snapshot, boolean asked, Optional<String> said) {

        /** The same, with what the driver last said. */
        public Unmade saying(Optional<String> complaint) {
            return new Unmade(snapshot, asked, complaint);
        }
    }

    /**
     * Decides how long to wait. What a driver refuses it is asked again and again, so only time tells.
     *
     * @param claim empty if it has its volume, or is not to be made from a snapshot
     * @param limit how long it may take from when the driver was asked
     */
    static SnapshotRestore of(ScopeVolume before, Optional<Unmade> claim, Duration limit, Instant now) {
        if (claim.isEmpty()) {
            return new Idle();
        }
        var seed = before.seed();
        if (seed == null || !claim.get().snapshot().equals(seed.snapshot())) {
            return new Overdue("VolumeSnapshot " + claim.get().snapshot() + " is not what the volume starts from");
        }
        if (!claim.get().asked()) {
            return new Idle();
        }
        var since = Optional.ofNullable(before.waiting()).map(Wait::since).orElseGet(now::toString);
        var said = claim.get().said().map(it -> ": " + it).orElse("");
        var snapshot = "VolumeSnapshot " + claim.get().snapshot();
        if (now.isBefore(Instant.parse(since).plus(limit))) {
            return new Waiting(new Wait(since, "storage makes the cache volume from " + snapshot + said));
        }
        return new Overdue("storage made no volume from " + snapshot + " within " + limit.toSeconds() + " s" + said);
    }
}
