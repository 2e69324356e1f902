package dev.hearth.core.buildcache;

import java.time.Instant;
import java.util.Optional;

/**
 * A VolumeSnapshot of a cache volume, as the cluster shows it.
 *
 * @param claim of the volume that it was taken of
 * @param since when it was created
 * @param ready whether a volume can be restored from it; false while it is being deleted
 * @param error the driver's latest error, after which the driver tries again
 * @param restoreSize the least size of a volume restored from it, a Kubernetes quantity
 */
public record TakenSnapshot(
        String name,
        String claim,
        Instant since,
        boolean ready,
        Optional<String> error,
        Optional<String> restoreSize) {}
