package dev.hearth.core.run;

import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.core.testreport.CollectorReport;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ArtifactCheckTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Observation.Done DONE = new Observation.Done(NOW, NOW, Optional.empty(), StepOutputs.NOTHING);
    private static final CollectorReport MISSING = new CollectorReport(Optional.empty(), true, false, 0, 0, 0);
    private static final CollectorReport UNREADABLE = new CollectorReport(Optional.empty(), false, true, 0, 0, 0);
    private static final CollectorReport KILLED = new CollectorReport(Optional.empty(), false, false, 0, 0, 0);

    @Test
    void failsATaskWithoutItsArtifactUnlessIfMissingIsWarn() {
        assertThat(ArtifactCheck.of(task("compile", "artifact: {path: /out}"), DONE, MISSING, StepOutputs.NOTHING))
                .isInstanceOfSatisfying(
                        Observation.Broken.class,
                        broken -> assertThat(broken)
                                .returns(Reason.ArtifactMissing, it -> it.why().reason())
                                .returns(Failure.Command, Observation.Broken::fault));
        assertThat(ArtifactCheck.of(
                        task("compile", "artifact: {path: /out, ifMissing: Warn}"), DONE, MISSING, StepOutputs.NOTHING))
                .isInstanceOfSatisfying(
                        Observation.Done.class,
                        done -> assertThat(done.kept().note()).contains("/out"));
    }

    @Test
    void blamesTheTaskForUnreadableFilesAndTheInfrastructureForUnreadOnes() {
        var compile = task("compile", "artifact: {path: /out, ifMissing: Warn}");

        assertThat(ArtifactCheck.of(compile, DONE, UNREADABLE, StepOutputs.NOTHING))
                .isInstanceOfSatisfying(
                        Observation.Broken.class,
                        broken -> assertThat(broken.fault()).isEqualTo(Failure.Command));
        assertThat(ArtifactCheck.of(compile, DONE, KILLED, StepOutputs.NOTHING))
                .isInstanceOfSatisfying(
                        Observation.Broken.class,
                        broken -> assertThat(broken.fault()).isEqualTo(Failure.Infrastructure));
    }

    @Test
    void keepsReportsOfATaskWithoutAnArtifact() {
        var kept = StepOutputs.NOTHING.withNote("1 report files were left out");

        assertThat(ArtifactCheck.of(task("unit", ""), DONE, KILLED, kept))
                .isEqualTo(new Observation.Done(NOW, NOW, Optional.empty(), kept));
    }
}
