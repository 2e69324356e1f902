package dev.hearth.core.metrics;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.core.text.Sizes;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Totals of the caches of one policy, pipeline and trust.
 *
 * @param scopes number of cache scopes
 * @param volumes number of cache volumes
 * @param bytes measured content of the volumes
 * @param buildkit cache size in bytes that BuildKit counts, without content that only older generations have
 * @param filled share of the fullest file system among them, from 0 to 1
 */
public record CacheTotals(int scopes, int volumes, long bytes, long buildkit, double filled) {
    private static final long KIB = 1024;

    /**
     * What the totals need of one scope.
     *
     * @param used {@code status.used} of the scope, a Kubernetes quantity
     */
    public record Sample(CacheTags tags, Optional<String> used, List<ScopeVolume> volumes) {
        public Sample {
            volumes = List.copyOf(volumes);
        }

        private CacheTotals totals() {
            var uses = volumes.stream()
                    .flatMap(volume -> Stream.ofNullable(volume.lastUse()))
                    .toList();
            return new CacheTotals(
                    1,
                    volumes.size(),
                    used.map(Sizes::kib).orElse(0L) * KIB,
                    uses.stream()
                                    .flatMap(last -> Stream.ofNullable(last.buildkit()))
                                    .mapToLong(Sizes::kib)
                                    .sum()
                            * KIB,
                    uses.stream().mapToDouble(Sample::filled).max().orElse(0));
        }

        private static double filled(LastUse last) {
            var free = last.free();
            var capacity = last.capacity();
            return free == null || capacity == null || Sizes.kib(capacity) == 0
                    ? 0
                    : 1 - (double) Sizes.kib(free) / Sizes.kib(capacity);
        }
    }

    public static Map<CacheTags, CacheTotals> of(Collection<Sample> scopes) {
        return scopes.stream().collect(Collectors.toMap(Sample::tags, Sample::totals, CacheTotals::plus));
    }

    private CacheTotals plus(CacheTotals other) {
        return new CacheTotals(
                scopes + other.scopes,
                volumes + other.volumes,
                bytes + other.bytes,
                buildkit + other.buildkit,
                Math.max(filled, other.filled));
    }
}
