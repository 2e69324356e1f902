package dev.hearth.core.buildcache;

import dev.hearth.api.BuildSpec;
import dev.hearth.core.buildcache.GenerationLifecycle.RunResult;
import java.util.List;
import java.util.Optional;

/**
 * A run, as its cache volumes see it.
 *
 * @param recipe hash of the files that decide the dependencies
 * @param seedRefs trusted refs whose caches suit its commit, best first
 * @param builds what it builds
 */
public record VolumeRun(
        String run,
        String commit,
        Optional<String> recipe,
        List<String> seedRefs,
        List<BuildSpec> builds,
        RunResult result) {}
