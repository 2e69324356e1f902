package dev.hearth.core.buildcache;

import java.time.Instant;
import java.util.Optional;

/**
 * A VolumeSnapshot of a cache volume, as the cluster shows it.
 *
 * @param claim volume that it is of
 * @param since when it was made
 * @param ready whether a volume can be made from it; never of one that is being deleted
 * @param error what its driver last said went wrong; the driver goes on trying
 * @param restoreSize least size of a volume made from it, as Kubernetes writes sizes
 */
public record TakenSnapshot(
        String name,
        String claim,
        Instant since,
        boolean ready,
        Optional<String> error,
        Optional<String> restoreSize) {}
