package dev.hearth.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolumeLastUseBuilder;
import dev.hearth.api.Trust;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CacheTotalsTest {
    private static final CacheTags TAGS = new CacheTags("standard", "ci/app", Trust.Untrusted);

    @Test
    void addsSizesAndTakesTheFullestVolume() {
        var totals = CacheTotals.of(List.of(
                sample("12Mi", "4Mi", "100Mi", "90Mi"),
                sample("8Mi", "6Mi", "100Mi", "25Mi"),
                new CacheTotals.Sample(TAGS, Optional.empty(), List.of(ScopeVolume.unused("linux/amd64", "claim")))));

        assertThat(totals.get(TAGS)).isEqualTo(new CacheTotals(3, 3, 20 << 20, 10 << 20, 0.75));
    }

    @Test
    void countsMissingMeasurementsAsZero() {
        assertThat(CacheTotals.of(List.of(sample("12Mi", null, null, null))).get(TAGS))
                .isEqualTo(new CacheTotals(1, 1, 12 << 20, 0, 0));
    }

    private static CacheTotals.Sample sample(
            String used, @Nullable String buildkit, @Nullable String capacity, @Nullable String free) {
        var last = ScopeVolumeLastUseBuilder.builder()
                .run("run")
                .at("2026-01-01T00:00:00Z")
                .commit("c0ffee")
                .succeeded(true)
                .used(used)
                .buildkit(buildkit)
                .capacity(capacity)
                .free(free)
                .build();
        var unused = ScopeVolume.unused("linux/amd64", "claim");
        return new CacheTotals.Sample(TAGS, Optional.of(used), List.of(unused.withLastUse(last)));
    }
}
