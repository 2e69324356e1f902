package dev.hearth.core.buildcache;

import java.time.Instant;
import java.util.Optional;

/**
 * A build pod that has finished.
 *
 * @param at when it finished
 * @param succeeded whether all of its solves succeeded
 * @param report of its daemon; empty if the daemon wrote none
 * @param cached build steps found in the cache and all cacheable build steps, as {@code cached/all}
 */
public record FinishedBuildPod(
        String run, Instant at, boolean succeeded, Optional<VolumeReport> report, Optional<String> cached) {}
