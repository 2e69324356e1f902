package dev.hearth.core.retention;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.RefClosedAction;
import dev.hearth.api.RetentionSpec;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.SeedIndex;
import dev.hearth.core.plan.Names;
import dev.hearth.core.text.Durations;
import dev.hearth.core.text.Sizes;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What retention needs to know about a cache scope.
 *
 * @param used measured content of its volumes, in KiB
 * @param lastUsed when a run last used it, or when it was created
 * @param inUse whether a run holds one of its volumes, or needs one
 * @param refClosed whether the repository no longer has its ref
 * @param defaultBranch whether its ref is the repository's default branch
 * @param claims of its volumes, as namespace/name
 * @param reads claims of other volumes that its volumes or generations need, as namespace/name
 * @param newest when its newest generation of each platform was sealed, by platform
 */
@BuiltCompletely
public record EvictionCandidate(
        String namespace,
        String name,
        String pipeline,
        String ref,
        Trust trust,
        long used,
        Instant lastUsed,
        boolean inUse,
        boolean refClosed,
        boolean defaultBranch,
        Set<String> claims,
        Set<String> reads,
        Map<String, Instant> newest)
        implements EvictionCandidateBuilder.With {

    /** Annotation of a scope whose ref the repository no longer has: since when. */
    public static final String REF_CLOSED = "hearth.dev/ref-closed";

    /** Annotation of the scope of the repository's default branch. */
    public static final String DEFAULT_BRANCH = "hearth.dev/default-branch";

    public EvictionCandidate {
        claims = Set.copyOf(claims);
        reads = Set.copyOf(reads);
        newest = Map.copyOf(newest);
    }

    /** Returns why the scope is to be deleted regardless of budgets; empty if it is not. */
    Optional<EvictionCause> due(RetentionSpec spec, Instant now) {
        if (refClosed && spec.whenRefCloses(trust) == RefClosedAction.Delete) {
            return Optional.of(EvictionCause.RefClosed);
        }
        return now.isBefore(idleAt(spec)) ? Optional.empty() : Optional.of(EvictionCause.Idle);
    }

    /** Returns when the scope becomes idle unless a run uses it before. */
    Instant idleAt(RetentionSpec spec) {
        return lastUsed.plus(Durations.parse(spec.idle(trust)));
    }

    /** Returns its pipeline, as namespace/name. */
    public String owner() {
        return namespace + "/" + pipeline;
    }

    /** Returns its namespace/name. */
    public String id() {
        return namespace + "/" + name;
    }

    /** Returns the scopes as retention sees them. */
    public static List<EvictionCandidate> of(Collection<CacheScope> scopes) {
        return scopes.stream().map(EvictionCandidate::of).toList();
    }

    public static EvictionCandidate of(CacheScope scope) {
        var annotations = scope.annotations();
        var status = Optional.ofNullable(scope.getStatus());
        return EvictionCandidateBuilder.builder()
                .namespace(scope.namespace())
                .name(scope.name())
                .pipeline(scope.getSpec().pipeline())
                .ref(scope.getSpec().ref())
                .trust(scope.getSpec().trust())
                .used(status.map(CacheScopeStatus::used).map(Sizes::kib).orElse(0L))
                .lastUsed(lastUsed(scope))
                .inUse(scope.volumes().stream().anyMatch(volume -> volume.run() != null)
                        || scope.taskCaches().stream()
                                .anyMatch(volume -> !volume.users().isEmpty()))
                .refClosed(annotations.containsKey(REF_CLOSED))
                .defaultBranch(annotations.containsKey(DEFAULT_BRANCH))
                .claims(claims(scope)
                        .map(claim -> scope.namespace() + "/" + claim)
                        .collect(Collectors.toSet()))
                .reads(seedClaims(scope).collect(Collectors.toSet()))
                .newest(newest(scope))
                .build();
    }

    /** Returns the claims of other volumes that the volumes of these scopes still read, as namespace/name. */
    public static Set<String> seedClaims(Collection<CacheScope> scopes) {
        return scopes.stream().flatMap(EvictionCandidate::seedClaims).collect(Collectors.toSet());
    }

    private static Stream<String> seedClaims(CacheScope scope) {
        return SeedIndex.needs(scope).stream().map(need -> scope.namespace() + "/" + need.claim());
    }

    /**
     * Returns the recorded time, or that of the scope's creation if the operator's clock was behind when it recorded
     * it.
     */
    private static Instant lastUsed(CacheScope scope) {
        var created = scope.createdAt();
        return Optional.ofNullable(scope.getStatus())
                .map(CacheScopeStatus::lastUsed)
                .map(Instant::parse)
                .filter(created::isBefore)
                .orElse(created);
    }

    /** Returns the claims of all isolations: other volumes may still read a volume of a former isolation. */
    private static Stream<String> claims(CacheScope scope) {
        var possible = scope.getSpec().platforms().stream()
                .flatMap(platform -> Stream.of(IsolationForm.values())
                        .map(isolation -> Names.volume(scope.name(), platform, isolation)));
        var caches = Stream.concat(
                        scope.getSpec().taskCaches().stream(),
                        scope.taskCaches().stream().map(TaskCacheVolume::os))
                .map(os -> Names.taskCacheVolume(scope.name(), os));
        return Stream.of(possible, scope.volumes().stream().map(ScopeVolume::claim), caches)
                .flatMap(Function.identity());
    }

    private static Map<String, Instant> newest(CacheScope scope) {
        var newest = new HashMap<String, Instant>();
        scope.volumes()
                .forEach(volume -> volume.newest()
                        .ifPresent(generation -> newest.put(volume.platform(), Instant.parse(generation.at()))));
        return newest;
    }
}
