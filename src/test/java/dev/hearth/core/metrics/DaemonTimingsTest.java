package dev.hearth.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.buildcache.VolumeReport;
import dev.hearth.core.status.StatusReason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DaemonTimingsTest {
    private static final VolumeReport.Usage USAGE = VolumeReport.Usage.of(7);

    @Test
    void takesTheMeasurementsOfAReport() {
        var report = new VolumeReport(
                Optional.of(new VolumeReport.Begin("Overlay", 20)),
                Optional.of(new VolumeReport.Seal(3, 120, List.of(), false, 300)),
                USAGE,
                Optional.of(new StatusReason(Reason.VolumeFull, "pruned")));

        assertThat(DaemonTimings.of(report))
                .isEqualTo(new DaemonTimings(
                        Optional.of(new DaemonTimings.Seeding(false, Duration.ofMillis(20))),
                        Optional.of(Duration.ofMillis(300)),
                        Optional.of(CacheProblem.VolumeFull)));
    }

    @Test
    void isNothingForAReportWithoutMeasurements() {
        assertThat(DaemonTimings.of(new VolumeReport(Optional.empty(), Optional.empty(), USAGE, Optional.empty())))
                .isEqualTo(DaemonTimings.NOTHING);
    }

    @Test
    void readsEveryProblemByItsName() {
        assertThat(CacheProblem.values())
                .filteredOn(trouble -> trouble != CacheProblem.NoReport)
                .allSatisfy(trouble -> {
                    var why = CacheProblem.statusReason(trouble.name(), "note");
                    assertThat(why.reason()).hasToString(trouble.name());
                    assertThat(CacheProblem.of(why.reason())).contains(trouble);
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"Whatever I like", "NoReport", "TaskFailed", ""})
    void unknownProblemCountsAsDamage(String reported) {
        assertThat(CacheProblem.statusReason(reported, "note")).isEqualTo(new StatusReason(Reason.CacheBroken, "note"));
    }

    @Test
    void otherReasonsAreNoProblemOfACache() {
        assertThat(CacheProblem.of(Reason.TaskFailed)).isEmpty();
    }
}
