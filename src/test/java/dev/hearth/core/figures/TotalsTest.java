package dev.hearth.core.figures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.api.Trust;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TotalsTest {
    private static final Whose WHOSE = new Whose("standard", "ci/app", Trust.Untrusted);

    @Test
    void addUpSizesAndTakeTheFullestVolume() {
        var totals = Totals.of(List.of(
                sample("12Mi", "4Mi", "100Mi", "90Mi"),
                sample("8Mi", "6Mi", "100Mi", "25Mi"),
                new Totals.Sample(WHOSE, Optional.empty(), List.of(ScopeVolume.unused("linux/amd64", "claim")))));

        assertThat(totals.get(WHOSE)).isEqualTo(new Totals(3, 3, 20 << 20, 10 << 20, 0.75));
    }

    @Test
    void countNothingThatWasNotMeasured() {
        assertThat(Totals.of(List.of(sample("12Mi", null, null, null))).get(WHOSE))
                .isEqualTo(new Totals(1, 1, 12 << 20, 0, 0));
    }

    private static Totals.Sample sample(
            String used, @Nullable String buildkit, @Nullable String capacity, @Nullable String free) {
        var last = new LastUse(
                "run", "2026-01-01T00:00:00Z", "c0ffee", null, true, used, buildkit, capacity, free, null, null);
        var unused = ScopeVolume.unused("linux/amd64", "claim");
        return new Totals.Sample(WHOSE, Optional.of(used), List.of(unused.used(last)));
    }
}
