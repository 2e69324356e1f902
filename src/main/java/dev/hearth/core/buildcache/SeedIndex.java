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

/** The scopes of a namespace, as one of them sees them: what it can start from, and which of its own others read. */
public record SeedIndex(Collection<CacheScope> scopes) {

    /** Generations that a volume of this pipeline could start from: the best of each base, in their order. */
    public List<SeedSource> sources(CacheScope reader, String platform, List<String> bases, Optional<String> recipe) {
        return bases.stream()
                .filter(base -> !base.equals(reader.getSpec().ref()))
                .flatMap(base -> trusted(reader, base)
                        .flatMap(scope -> scope.volumes().stream()
                                .filter(volume -> volume.platform().equals(platform))
                                .flatMap(volume -> best(volume, recipe).stream()
                                        .map(generation -> source(scope, volume, generation)))))
                .toList();
    }

    /** Recipe of the newest generation of a ref of the reader's repository. */
    public Optional<String> recipe(CacheScope reader, String ref, String platform) {
        return trusted(reader, ref)
                .flatMap(scope -> scope.volumes().stream())
                .filter(volume -> volume.platform().equals(platform))
                .flatMap(volume -> volume.newest().stream())
                .findFirst()
                .map(SealedGeneration::recipe);
    }

    /** All sealed generations. */
    public Set<GenerationRef> living() {
        return scopes.stream()
                .flatMap(scope -> scope.volumes().stream())
                .flatMap(volume -> volume.generations().stream().map(volume::named))
                .collect(Collectors.toSet());
    }

    /** Numbers of a volume's generations that a volume, or a generation of another one, is made of. */
    public Set<Integer> pinned(String claim) {
        return scopes.stream()
                .flatMap(scope -> needs(scope).stream())
                .filter(need -> need.claim().equals(claim))
                .map(GenerationRef::number)
                .collect(Collectors.toSet());
    }

    /** Sealed generations that a scope's volumes, or generations of them, are made of. */
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

    /** A copy has all that it needs once a run has ended on it. */
    private static boolean stillRead(ScopeVolume volume, Seed seed) {
        return seed.mode().readsPermanently()
                || volume.lastUse() == null
                || seed.run().equals(volume.run());
    }

    /** SnapshotClient that a volume is, or may still be, made from: until a run has used the volume. */
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

    /** Of those that still have all that they are made of. */
    private Optional<SealedGeneration> best(ScopeVolume volume, Optional<String> recipe) {
        var living = living();
        var whole = volume.generations().stream()
                .filter(generation -> generation.state() == SealedGeneration.State.Sealed)
                .filter(generation -> living.containsAll(generation.needs()))
                .toList();
        return whole.stream()
                .filter(generation -> recipe.isPresent() && recipe.get().equals(generation.recipe()))
                .findFirst()
                .or(() -> whole.stream().findFirst());
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
