package dev.hearth.core.run;

import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.isolation.IsolationStatus;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;

/** Whether a run can use the cache volume of a platform. */
public sealed interface VolumeState {

    /**
     * Returns the state of a volume of a cache scope.
     *
     * @param began when the run began. A preflight that failed before does not count, since its cause may have been fixed
     */
    static VolumeState of(CacheScopeStatus scope, ScopeVolume volume, String run, Instant began) {
        var holder = volume.run();
        if (run.equals(holder)) {
            var warm = volume.warm();
            if (warm != null && warm.unfit()) {
                return new Awaited(ending(warm));
            }
            return volume.awaitsConfirmation()
                    ? new Awaited(new StatusReason(Reason.PreparingVolume, "preparing the cache volume"))
                    : new Granted(CacheMount.of(volume));
        }
        if (holder != null) {
            return new Awaited(new StatusReason(
                    Reason.VolumeInUse,
                    "waiting for the cache volume of this ref and platform, which run " + holder + " uses"));
        }
        var preflight = scope.preflight();
        if (preflight != null
                && preflight.found() == null
                && Instant.parse(preflight.at()).isAfter(began)) {
            return new Refused(IsolationStatus.finding(preflight));
        }
        return new Awaited(ConditionFactory.awaited(scope.conditions())
                .orElseGet(() -> new StatusReason(Reason.PreparingVolume, "preparing the cache volume")));
    }

    /** Returns why a run waits for a pod that has kept a daemon warm. */
    static StatusReason ending(ScopeVolume.Warm pod) {
        return new StatusReason(
                Reason.VolumeInUse,
                "waiting for the end of pod " + pod.pod()
                        + ", which kept a daemon on the cache volume and is not fit for this run");
    }

    /** The run has exclusive use of the volume. */
    record Granted(CacheMount cache) implements VolumeState {}

    /** The run waits for the volume. */
    record Awaited(StatusReason why) implements VolumeState {}

    /** The run cannot get the volume unless something is changed. */
    record Refused(StatusReason why) implements VolumeState {}
}
