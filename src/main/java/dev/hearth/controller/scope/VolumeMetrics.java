package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.ScopeVolume;
import dev.hearth.controller.metrics.CacheMetrics;
import dev.hearth.core.metrics.VolumeEvents;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Counts what happened to a scope's volumes, from what its status said before and says now. */
@ApplicationScoped
public class VolumeMetrics {
    private final CacheMetrics metrics;

    public VolumeMetrics(CacheMetrics metrics) {
        this.metrics = metrics;
    }

    /** After the status was written: what is tried again has not happened. */
    void count(CacheScope scope, List<ScopeVolume> now, ScopeBuildPods uses) {
        now.forEach(volume -> metrics.count(
                scope,
                new VolumeEvents(
                                scope.volumes().stream()
                                        .filter(it -> it.platform().equals(volume.platform()))
                                        .findFirst()
                                        .orElse(null),
                                volume,
                                uses.measured(volume))
                        .events()));
    }
}
