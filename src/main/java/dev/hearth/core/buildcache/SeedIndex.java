package dev.hearth.core.buildcache;

import dev.hearth.api.CacheScope;
import dev.hearth.api.GenerationRef;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.Trust;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds, among the cache scopes of a namespace, the seeds for a volume and the generations that other volumes need. */
public record SeedIndex(Collection<CacheScope> scopes) {

    /**
     * Returns the possible seeds of a volume: the best generation of each seed ref.
     *
     * @param reader the scope that the volume belongs to
     * @param seedRefs full ref names in order of preference
     * @param recipe hash of the run's recipe; a generation with an equal hash is preferred; null if the run has none
     */
    public List<SeedSource> sources(
            CacheScope reader, String platform, List<String> seedRefs, @Nullable String recipe) {
        var existing = existing();
        return seedRefs.stream()
                .filter(ref -> !ref.equals(reader.getSpec().ref()))
                .flatMap(ref -> trusted(reader, ref)
                        .flatMap(scope -> scope.volumes().stream()
                                .filter(volume -> volume.platform().equals(platform))
                                .flatMap(volume -> best(volume, recipe, existing).stream()
                                        .map(generation -> source(scope, volume, generation)))))
                .toList();
    }

    /** Returns the recipe hash of a ref's newest generation. Empty if the ref has no trusted scope or no generation. */
    public Optional<String> recipe(CacheScope reader, String ref, String platform) {
        return trusted(reader, ref)
                .flatMap(scope -> scope.volumes().stream())
                .filter(volume -> volume.platform().equals(platform))
                .flatMap(volume -> volume.newest().stream())
                .findFirst()
                .map(SealedGeneration::recipe);
    }

    /** Returns all generations that exist in the namespace and are not about to be deleted. */
    public Set<GenerationRef> existing() {
        return scopes.stream()
                .flatMap(scope -> scope.volumes().stream())
                .flatMap(volume -> volume.generations().stream()
                        .filter(generation -> generation.state() != SealedGeneration.State.Leaving)
                        .map(volume::named))
                .collect(Collectors.toSet());
    }

    /** Returns the numbers of a volume's generations that a volume, or a generation of another volume, needs. */
    public Set<Integer> pinned(String claim) {
        return scopes.stream()
                .flatMap(scope -> needs(scope).stream())
                .filter(need -> need.claim().equals(claim))
                .map(GenerationRef::number)
                .collect(Collectors.toSet());
    }

    /** Returns the generations that a scope's volumes, or their generations, need. */
    public static Set<GenerationRef> needs(CacheScope scope) {
        var needs = new HashSet<GenerationRef>();
        scope.volumes().forEach(volume -> {
            var seed = volume.seed();
            if (seed != null && stillRead(volume, seed)) {
                needs.addAll(seed.needs());
            }
            volume.generations().forEach(generation -> needs.addAll(generation.needs()));
        });
        return needs;
    }

    /** Whether a volume still needs its seed. A copied volume no longer does once a run has finished on it. */
    private static boolean stillRead(ScopeVolume volume, Seed seed) {
        return seed.mode().readsPermanently()
                || volume.lastUse() == null
                || seed.run().equals(volume.run());
    }

    /** Returns the VolumeSnapshots from which volumes are restored. One counts until a run has used its volume. */
    public Set<String> restoring() {
        return scopes.stream()
                .flatMap(scope -> scope.volumes().stream())
                .filter(volume -> volume.lastUse() == null)
                .flatMap(volume -> Optional.ofNullable(volume.seed()).map(Seed::snapshot).stream())
                .collect(Collectors.toSet());
    }

    private static SeedSource source(CacheScope scope, ScopeVolume volume, SealedGeneration generation) {
        var restorable = volume.generations().stream()
                .filter(other -> other.snapshot() != null && Objects.equals(other.recipe(), generation.recipe()))
                .findFirst();
        var pending = scope.getStatus().pendingSnapshots().stream()
                .filter(snapshot -> snapshot.claim().equals(volume.claim()))
                .map(snapshot -> "its VolumeSnapshot " + snapshot.name()
                        + (snapshot.error() == null ? " is not ready yet" : " failed: " + snapshot.error()))
                .findFirst();
        return new SeedSource(
                scope.getSpec().ref(), volume, generation, restorable, pending.orElse("it has no VolumeSnapshot"));
    }

    /** Returns the newest generation with that recipe, or else the newest one, of those whose layers all exist. */
    private Optional<SealedGeneration> best(ScopeVolume volume, @Nullable String recipe, Set<GenerationRef> existing) {
        var complete = volume.generations().stream()
                .filter(generation -> generation.state() == SealedGeneration.State.Sealed)
                .filter(generation -> existing.containsAll(generation.needs()))
                .toList();
        return complete.stream()
                .filter(generation -> recipe != null && recipe.equals(generation.recipe()))
                .findFirst()
                .or(() -> complete.stream().findFirst());
    }

    private Stream<CacheScope> trusted(CacheScope reader, String ref) {
        return scopes.stream()
                .filter(scope -> scope.getSpec().trust() == Trust.Trusted
                        && scope.getSpec().pipeline().equals(reader.getSpec().pipeline())
                        && Objects.equals(
                                scope.getSpec().source(), reader.getSpec().source())
                        && scope.getSpec().ref().equals(ref));
    }
}
