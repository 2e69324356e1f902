package dev.hearth.core.buildcache;

import dev.hearth.api.BuildSpec;
import dev.hearth.core.buildcache.GenerationLifecycle.RunResult;
import java.util.List;
import java.util.Optional;

/**
 * What the decision about a cache volume needs of a run.
 *
 * @param run its name
 * @param recipe hash of the files that decide its dependencies; empty if it is not known
 * @param seedRefs trusted refs whose caches suit its commit, best first
 * @param builds of its pipeline
 */
public record VolumeRun(
        String run,
        String commit,
        Optional<String> recipe,
        List<String> seedRefs,
        List<BuildSpec> builds,
        RunResult result) {}
