package dev.hearth.core.run;

import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.isolation.IsolationStatus;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;

/** Where the cache volume of a platform stands, for one run. */
public sealed interface VolumeState {

    /**
     * What a scope says of one of its volumes.
     *
     * @param began when the run did: what a scope found out before may have been mended for it
     */
    static VolumeState of(CacheScopeStatus scope, ScopeVolume volume, String run, Instant began) {
        var holder = volume.run();
        if (run.equals(holder)) {
            return new Granted(CacheMount.of(volume));
        }
        if (holder != null) {
            return new Awaited(new StatusReason(
                    Reason.VolumeInUse, "run " + holder + " has the cache volume of this ref and platform"));
        }
        var preflight = scope.preflight();
        if (preflight != null
                && preflight.found() == null
                && Instant.parse(preflight.at()).isAfter(began)) {
            return new Refused(IsolationStatus.finding(preflight));
        }
        return new Awaited(ConditionFactory.awaited(scope.conditions())
                .orElseGet(() -> new StatusReason(Reason.PreparingVolume, "the cache volume is being prepared")));
    }

    /** This run has it, alone. */
    record Granted(CacheMount cache) implements VolumeState {}

    /** Not yet this run's. */
    record Awaited(StatusReason why) implements VolumeState {}

    /** There will be none until somebody changes something. */
    record Refused(StatusReason why) implements VolumeState {}
}
