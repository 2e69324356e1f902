package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
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

/** Sums a scope's volumes up. */
final class ScopeStatusFactory {
    private ScopeStatusFactory() {}

    static CacheScopeStatus of(
            CacheScope scope,
            IsolationStatus isolation,
            int numbered,
            List<ScopeVolume> volumes,
            List<TaskCacheVolume> directories,
            List<PendingSnapshot> pending,
            List<Condition> conditions) {
        var uses = volumes.stream()
                .map(ScopeVolume::lastUse)
                .flatMap(last -> Optional.ofNullable(last).stream())
                .sorted(Comparator.comparing(LastUse::at))
                .toList();
        var sizes = Stream.concat(
                        uses.stream().map(LastUse::used),
                        directories.stream().flatMap(volume -> Stream.ofNullable(volume.used())))
                .toList();
        @Nullable LastUse newest = uses.isEmpty() ? null : uses.getLast();
        var later = directories.stream()
                .filter(volume -> volume.observed() != null && !volume.runs().isEmpty())
                .filter(volume -> newest == null || newest.at().compareTo(String.valueOf(volume.observed())) < 0)
                .max(Comparator.comparing(volume -> String.valueOf(volume.observed())));
        return new CacheScopeStatus(
                scope.getMetadata().getGeneration(),
                scope.getSpec().trust(),
                isolation.form().orElse(null),
                isolation.preflight().orElse(null),
                sizes.isEmpty()
                        ? null
                        : Sizes.of(sizes.stream().mapToLong(Sizes::kib).sum()),
                newest == null ? null : cached(uses, newest.run()),
                later.map(volume -> volume.runs().getLast()).orElse(newest == null ? null : newest.run()),
                later.map(TaskCacheVolume::observed).orElse(newest == null ? null : newest.at()),
                numbered,
                volumes,
                directories,
                pending,
                conditions);
    }

    static StatusReason ready(SnapshotResult kept, List<String> small) {
        var made =
                kept.volumes().stream().filter(volume -> volume.seed() != null).count();
        return new StatusReason(
                Reason.VolumesReady,
                Stream.concat(
                                Stream.of(made + " volumes, one per platform"),
                                Stream.concat(kept.problems(), small.stream()))
                        .collect(Collectors.joining("; ")));
    }

    /** Of all platforms that the newest run built for. */
    private static @Nullable String cached(List<LastUse> uses, String run) {
        var counts = uses.stream()
                .filter(last -> last.run().equals(run))
                .map(LastUse::cached)
                .filter(Objects::nonNull)
                .map(cached -> cached.split("/"))
                .toList();
        var found = counts.stream().mapToInt(it -> Integer.parseInt(it[0])).sum();
        var all = counts.stream().mapToInt(it -> Integer.parseInt(it[1])).sum();
        return counts.isEmpty() ? null : found + "/" + all;
    }
}
