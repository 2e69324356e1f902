package dev.hearth.core.cache;

import dev.hearth.api.BuildSpec;
import dev.hearth.core.cache.Generations.Fate;
import java.util.List;
import java.util.Optional;

/**
 * A run, as its cache volumes see it.
 *
 * @param recipe hash of the files that decide the dependencies
 * @param bases trusted refs whose caches suit its commit, best first
 * @param builds what it builds
 */
public record Tenant(
        String run, String commit, Optional<String> recipe, List<String> bases, List<BuildSpec> builds, Fate fate) {}
