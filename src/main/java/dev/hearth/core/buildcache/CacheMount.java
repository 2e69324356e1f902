package dev.hearth.core.buildcache;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A cache volume as one run's pod uses it.
 *
 * @param claim mounted to write
 * @param isolation of the builds on it
 * @param seed what its content begins with
 * @param seeding whether this run is the first on that seed, so that it has to be brought in
 * @param sealing number of the generation that a success seals; empty where nobody may start from it
 * @param keep generations that stay on the volume
 * @param fallback the newest that others may start from, which the volume goes back to where its state is of no use
 * @param repeatsCommit whether no step should run, as this very commit was the last built on it
 * @param origin where the cache came from, in words
 */
public record CacheMount(
        String claim,
        IsolationForm isolation,
        Seed seed,
        boolean seeding,
        Optional<Integer> sealing,
        List<Integer> keep,
        Optional<Integer> fallback,
        boolean repeatsCommit,
        String origin) {

    /** The volume of a run that has it. */
    public static CacheMount of(ScopeVolume volume) {
        var seed = Objects.requireNonNull(volume.seed(), "a volume that a run has is seeded");
        return new CacheMount(
                volume.claim(),
                Objects.requireNonNull(volume.isolation(), "a volume that a run has is of one isolation"),
                seed,
                seed.run().equals(volume.run()),
                Optional.ofNullable(volume.sealing()),
                volume.generations().stream().map(SealedGeneration::number).toList(),
                volume.newest().map(SealedGeneration::number),
                volume.repeatsCommit(),
                origin(volume, seed));
    }

    /**
     * Volumes of others that are read: for good where layers stay there, else by the first run alone. What was made from
     * a snapshot has all it needs, and its pod need not be where the other volume is.
     */
    public Set<String> read() {
        var claims = new TreeSet<String>();
        if (seed.mode() == SeedMode.Snapshot || (!seed.mode().readsPermanently() && !seeding)) {
            return claims;
        }
        seed.needs().forEach(need -> claims.add(need.claim()));
        claims.remove(claim);
        return claims;
    }

    private static String origin(ScopeVolume volume, Seed seed) {
        var last = volume.lastUse();
        return last == null || seed.run().equals(volume.run())
                ? seed.mode() + ": " + seed.message()
                : "Own: of run " + last.run();
    }
}
