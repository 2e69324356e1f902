package dev.hearth.core.buildcache;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.CacheScopeStatusBuilder;
import dev.hearth.api.Condition;
import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.core.isolation.IsolationStatus;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Sizes;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Creates the status of a cache scope from the states of its volumes. */
public final class ScopeStatusFactory {
    private ScopeStatusFactory() {}

    /**
     * Creates the status.
     *
     * @param lastGeneration the highest number of a generation so far
     */
    public static CacheScopeStatus of(
            CacheScope scope,
            IsolationStatus isolation,
            int lastGeneration,
            List<ScopeVolume> volumes,
            List<TaskCacheVolume> taskCaches,
            List<PendingSnapshot> pending,
            List<Condition> conditions) {
        var uses = volumes.stream()
                .map(ScopeVolume::lastUse)
                .flatMap(last -> Optional.ofNullable(last).stream())
                .sorted(Comparator.comparing(LastUse::at))
                .toList();
        var sizes = Stream.concat(
                        uses.stream().map(LastUse::used),
                        taskCaches.stream().flatMap(volume -> Stream.ofNullable(volume.used())))
                .toList();
        @Nullable LastUse newest = uses.isEmpty() ? null : uses.getLast();
        var laterTaskCache = taskCaches.stream()
                .filter(volume -> volume.observed() != null && !volume.runs().isEmpty())
                .filter(volume -> newest == null || newest.at().compareTo(String.valueOf(volume.observed())) < 0)
                .max(Comparator.comparing(volume -> String.valueOf(volume.observed())));
        return CacheScopeStatusBuilder.builder()
                .observedGeneration(scope.generation())
                .trust(scope.getSpec().trust())
                .isolation(isolation.form().orElse(null))
                .preflight(isolation.preflight().orElse(null))
                .used(
                        sizes.isEmpty()
                                ? null
                                : Sizes.of(sizes.stream().mapToLong(Sizes::kib).sum()))
                .cached(newest == null ? null : cached(uses, newest.run()))
                .lastRun(laterTaskCache
                        .map(volume -> volume.runs().getLast())
                        .orElse(newest == null ? null : newest.run()))
                .lastUsed(laterTaskCache.map(TaskCacheVolume::observed).orElse(newest == null ? null : newest.at()))
                .lastGeneration(lastGeneration)
                .volumes(volumes)
                .taskCaches(taskCaches)
                .pendingSnapshots(pending)
                .conditions(conditions)
                .build();
    }

    /** Returns why the scope is ready, with the problems that do not keep builds from running. */
    public static StatusReason ready(List<ScopeVolume> volumes, List<String> problems) {
        var seeded = volumes.stream().filter(volume -> volume.seed() != null).count();
        return new StatusReason(
                Reason.VolumesReady,
                Stream.concat(Stream.of(seeded + " volumes, one per platform"), problems.stream())
                        .collect(Collectors.joining("; ")));
    }

    /**
     * Returns cached and all build steps of a run on all platforms, such as {@code 7/9}. Null if no build reported
     * them.
     */
    private static @Nullable String cached(List<LastUse> uses, String run) {
        var counts = uses.stream()
                .filter(last -> last.run().equals(run))
                .map(LastUse::cached)
                .filter(Objects::nonNull)
                .map(cached -> cached.split("/"))
                .toList();
        var cached = counts.stream().mapToInt(it -> Integer.parseInt(it[0])).sum();
        var all = counts.stream().mapToInt(it -> Integer.parseInt(it[1])).sum();
        return counts.isEmpty() ? null : cached + "/" + all;
    }
}
