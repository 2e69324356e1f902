package dev.hearth.core.figures;

import dev.hearth.api.ScopeVolume;
import dev.hearth.core.cache.Sizes;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What caches of the same policy, pipeline and trust come to. */
public record Totals(int scopes, int volumes, long bytes) {
    private static final long KIB = 1024;

    /**
     * One scope.
     *
     * @param used as its status has it
     */
    public record Sample(Whose whose, Optional<String> used, List<ScopeVolume> volumes) {
        public Sample {
            volumes = List.copyOf(volumes);
        }

        private Totals totals() {
            return new Totals(1, volumes.size(), used.map(Sizes::kib).orElse(0L) * KIB);
        }
    }

    public static Map<Whose, Totals> of(Collection<Sample> scopes) {
        return scopes.stream().collect(Collectors.toMap(Sample::whose, Sample::totals, Totals::plus));
    }

    private Totals plus(Totals other) {
        return new Totals(scopes + other.scopes, volumes + other.volumes, bytes + other.bytes);
    }
}
