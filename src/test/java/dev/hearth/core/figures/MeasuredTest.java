package dev.hearth.core.figures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.cache.CacheTrouble;
import dev.hearth.core.cache.VolumeReport;
import dev.hearth.core.diagnosis.Finding;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MeasuredTest {
    private static final VolumeReport.Usage USAGE = VolumeReport.Usage.of(7);

    @Test
    void isWhatTheReportSays() {
        var report = new VolumeReport(
                Optional.of(new VolumeReport.Begin("Overlay", 20)),
                Optional.of(new VolumeReport.Seal(3, 120, List.of(), false, 300)),
                USAGE,
                Optional.of(new Finding("VolumeFull", "pruned")));

        assertThat(Measured.of(report))
                .isEqualTo(new Measured(
                        Optional.of(new Measured.Seeding(false, Optional.of(Duration.ofMillis(20)))),
                        Optional.of(Duration.ofMillis(300)),
                        Optional.of(CacheTrouble.VolumeFull)));
    }

    @Test
    void isNothingWhereTheReportSaysNothing() {
        assertThat(Measured.of(new VolumeReport(Optional.empty(), Optional.empty(), USAGE, Optional.empty())))
                .isEqualTo(Measured.NOTHING);
    }

    @Test
    void everyTroubleIsCountedUnderItsName() {
        assertThat(CacheTrouble.values())
                .filteredOn(trouble -> trouble != CacheTrouble.NoReport)
                .allSatisfy(
                        trouble -> assertThat(CacheTrouble.of(trouble.name())).isEqualTo(trouble));
        assertThat(CacheTrouble.of("Whatever I like")).isEqualTo(CacheTrouble.CacheBroken);
        assertThat(CacheTrouble.of("NoReport")).isEqualTo(CacheTrouble.CacheBroken);
    }
}
