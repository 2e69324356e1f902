package dev.hearth.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.buildcache.VolumeReport;
import dev.hearth.core.status.StatusReason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DaemonTimingsTest {
    private static final VolumeReport.Usage USAGE = VolumeReport.Usage.of(7);

    @Test
    void isWhatTheReportSays() {
        var report = new VolumeReport(
                Optional.of(new VolumeReport.Begin("Overlay", 20)),
                Optional.of(new VolumeReport.Seal(3, 120, List.of(), false, 300)),
                USAGE,
                Optional.of(new StatusReason("VolumeFull", "pruned")));

        assertThat(DaemonTimings.of(report))
                .isEqualTo(new DaemonTimings(
                        Optional.of(new DaemonTimings.Seeding(false, Optional.of(Duration.ofMillis(20)))),
                        Optional.of(Duration.ofMillis(300)),
                        Optional.of(CacheProblem.VolumeFull)));
    }

    @Test
    void isNothingWhereTheReportSaysNothing() {
        assertThat(DaemonTimings.of(new VolumeReport(Optional.empty(), Optional.empty(), USAGE, Optional.empty())))
                .isEqualTo(DaemonTimings.NOTHING);
    }

    @Test
    void everyTroubleIsCountedUnderItsName() {
        assertThat(CacheProblem.values())
                .filteredOn(trouble -> trouble != CacheProblem.NoReport)
                .allSatisfy(
                        trouble -> assertThat(CacheProblem.of(trouble.name())).isEqualTo(trouble));
        assertThat(CacheProblem.of("Whatever I like")).isEqualTo(CacheProblem.CacheBroken);
        assertThat(CacheProblem.of("NoReport")).isEqualTo(CacheProblem.CacheBroken);
    }
}
