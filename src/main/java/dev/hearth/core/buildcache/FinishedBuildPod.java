package dev.hearth.core.buildcache;

import java.time.Instant;
import java.util.Optional;

/**
 * A build pod that is over.
 *
 * @param succeeded whether every solve in it went well
 * @param report empty if its daemon never came to write one
 * @param cached steps found in the cache, of all that could be, as status shows it
 */
public record FinishedBuildPod(
        String run, Instant at, boolean succeeded, Optional<VolumeReport> report, Optional<String> cached) {}
