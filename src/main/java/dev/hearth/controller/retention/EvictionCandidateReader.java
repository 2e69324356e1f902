package dev.hearth.controller.retention;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.ScopeVolume;
import dev.hearth.core.buildcache.SeedIndex;
import dev.hearth.core.plan.Names;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.core.text.Sizes;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Scopes as retention sees them. */
public final class EvictionCandidateReader {
    /** Annotation of a scope whose ref the repository does not have any more: since when. */
    public static final String REF_CLOSED = "hearth.dev/ref-closed";
    /** Annotation of the scope of the repository's default branch. */
    public static final String DEFAULT_BRANCH = "hearth.dev/default-branch";

    private EvictionCandidateReader() {}

    public static List<EvictionCandidate> of(Collection<CacheScope> scopes) {
        return scopes.stream().map(EvictionCandidateReader::of).toList();
    }

    /** Claims that the volumes of scopes are made of, as namespace/name. */
    public static Set<String> reads(Collection<CacheScope> scopes) {
        return scopes.stream().flatMap(EvictionCandidateReader::reads).collect(Collectors.toSet());
    }

    public static EvictionCandidate of(CacheScope scope) {
        var meta = scope.getMetadata();
        var annotations = Optional.ofNullable(meta.getAnnotations()).orElse(Map.of());
        var status = Optional.ofNullable(scope.getStatus());
        return new EvictionCandidate(
                meta.getNamespace(),
                meta.getName(),
                scope.getSpec().pipeline(),
                scope.getSpec().ref(),
                scope.getSpec().trust(),
                status.map(CacheScopeStatus::used).map(Sizes::kib).orElse(0L),
                lastUsed(scope),
                scope.volumes().stream().anyMatch(volume -> volume.run() != null)
                        || scope.taskCaches().stream()
                                .anyMatch(volume -> !volume.users().isEmpty()),
                annotations.containsKey(REF_CLOSED),
                annotations.containsKey(DEFAULT_BRANCH),
                claims(scope).map(claim -> meta.getNamespace() + "/" + claim).collect(Collectors.toSet()),
                reads(scope).collect(Collectors.toSet()),
                newest(scope));
    }

    /** A scope is not older than the API server says, whatever was recorded. */
    private static Instant lastUsed(CacheScope scope) {
        var made = Instant.parse(scope.getMetadata().getCreationTimestamp());
        return Optional.ofNullable(scope.getStatus())
                .map(CacheScopeStatus::lastUsed)
                .map(Instant::parse)
                .filter(made::isBefore)
                .orElse(made);
    }

    /** Also those of another isolation that it has left, which others may still read. */
    private static Stream<String> claims(CacheScope scope) {
        var possible = scope.getSpec().platforms().stream()
                .flatMap(platform -> Stream.of(IsolationForm.values())
                        .map(isolation -> Names.volume(scope.getMetadata().getName(), platform, isolation)));
        return Stream.concat(possible, scope.volumes().stream().map(ScopeVolume::claim));
    }

    private static Stream<String> reads(CacheScope scope) {
        return SeedIndex.needs(scope).stream().map(need -> scope.getMetadata().getNamespace() + "/" + need.claim());
    }

    private static Map<String, Instant> newest(CacheScope scope) {
        var newest = new HashMap<String, Instant>();
        scope.volumes()
                .forEach(volume -> volume.newest()
                        .ifPresent(generation -> newest.put(volume.platform(), Instant.parse(generation.at()))));
        return newest;
    }
}
