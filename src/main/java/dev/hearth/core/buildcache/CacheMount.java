package dev.hearth.core.buildcache;

import dev.hearth.api.BuiltCompletely;
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
 * A cache volume as the build pod of one run uses it.
 *
 * @param claim the claim that the pod mounts read-write
 * @param isolation of the builds on the volume
 * @param seed what the volume was filled with first
 * @param seeding whether this run is the first on that seed, so that its pod fills the volume
 * @param sealing number of the generation that a successful run seals; empty if no other volume may use it as a seed
 * @param keep numbers of the generations that the daemon keeps on the volume
 * @param fallback number of the newest sealed generation, to which the daemon returns if the volume's state is damaged
 * @param repeatsCommit whether the previous build on the volume was of the same commit, so that no build step should run
 * @param origin the cache origin, as a step's status shows it
 * @param warm the pod with a running daemon that waits for the run; empty if there is none
 */
@BuiltCompletely
public record CacheMount(
        String claim,
        IsolationForm isolation,
        Seed seed,
        boolean seeding,
        Optional<Integer> sealing,
        List<Integer> keep,
        Optional<Integer> fallback,
        boolean repeatsCommit,
        String origin,
        Optional<ScopeVolume.Warm> warm) {

    /** Returns the mount for the run that holds the volume. */
    public static CacheMount of(ScopeVolume volume) {
        var seed = Objects.requireNonNull(volume.seed(), "a volume that a run holds has a seed");
        return CacheMountBuilder.builder()
                .claim(volume.claim())
                .isolation(Objects.requireNonNull(volume.isolation(), "a volume that a run holds has an isolation"))
                .seed(seed)
                .seeding(seed.run().equals(volume.run()))
                .sealing(Optional.ofNullable(volume.sealing()))
                .keep(volume.generations().stream()
                        .map(SealedGeneration::number)
                        .toList())
                .fallback(volume.newest().map(SealedGeneration::number))
                .repeatsCommit(volume.repeatsCommit())
                .origin(origin(volume, seed))
                .warm(Optional.ofNullable(volume.warm()))
                .build();
    }

    /**
     * Returns the claims of other volumes that the pod mounts read-only. Modes that leave layers on the other volume need
     * it for every run, the other modes only for the first run. A volume restored from a snapshot needs no other volume,
     * so its pod can run on any node.
     */
    public Set<String> readClaims() {
        var claims = new TreeSet<String>();
        if (seed.mode() == SeedMode.Snapshot || (!seed.mode().readsPermanently() && !seeding)) {
            return claims;
        }
        seed.needs().forEach(need -> claims.add(need.claim()));
        claims.remove(claim);
        return claims;
    }

    /**
     * Returns the claims of other volumes whose layers are copied onto this volume: by the pod of the first run, or by the
     * snapshot that the volume was restored from.
     */
    public Set<String> copiedClaims() {
        var claims = new TreeSet<String>();
        if (seed.mode() == SeedMode.Snapshot || seed.mode() == SeedMode.Copy) {
            seed.needs().forEach(need -> claims.add(need.claim()));
            claims.remove(claim);
        }
        return claims;
    }

    private static String origin(ScopeVolume volume, Seed seed) {
        var last = volume.lastUse();
        return last == null || seed.run().equals(volume.run())
                ? seed.mode() + ": " + seed.message()
                : "Own: of run " + last.run();
    }
}
