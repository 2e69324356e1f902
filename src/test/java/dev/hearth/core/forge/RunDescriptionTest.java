package dev.hearth.core.forge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.DefinitionStatus;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.StepStatusBuilder;
import dev.hearth.api.TestSummaryBuilder;
import dev.hearth.core.HostileTexts;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RunDescriptionTest {
    private static final String COMMIT = "1".repeat(40);

    @Test
    void successSaysWhatWasCachedAndWhatIsFlaky() {
        var steps = List.of(
                step("image/linux-amd64", State.Succeeded),
                step("unit", State.Succeeded).withFlaky(true));
        var status = PipelineRunStatusBuilder.builder()
                .phase(Phase.Succeeded)
                .cached("23/25")
                .steps(steps)
                .build();
        assertThat(RunDescription.of(COMMIT, status, false))
                .isEqualTo("2 steps succeeded, 23 of 25 build steps cached; flaky: unit");
    }

    @Test
    void successSaysWhatWasBuiltAgain() {
        var status = PipelineRunStatusBuilder.builder()
                .phase(Phase.Succeeded)
                .cached("23/25")
                .steps(List.of(
                        step("image/linux-amd64", State.Succeeded)
                                .withRebuilt(List.of("[deps 2/3] RUN make", "RUN ls")),
                        step("tool/linux-amd64", State.Succeeded)))
                .build();
        assertThat(RunDescription.of(COMMIT, status, false))
                .isEqualTo("2 steps succeeded, 23 of 25 build steps cached; built again: image/linux-amd64");
    }

    @Test
    void successSaysWhatWasTakenOver() {
        var taken = step("unit", State.Succeeded).withReason("TakenOver");
        var status = PipelineRunStatusBuilder.builder()
                .phase(Phase.Succeeded)
                .cached("23/25")
                .takenOverFrom("app-1")
                .steps(List.of(step("image/linux-amd64", State.Succeeded), taken))
                .build();
        assertThat(RunDescription.of(COMMIT, status, false))
                .isEqualTo("2 steps succeeded, 1 of them taken over from run app-1 of the merge queue,"
                        + " 23 of 25 build steps cached");
    }

    @Test
    void failureNamesStepsAndQuotesNoLog() {
        var tests = TestSummaryBuilder.builder()
                .passed(9)
                .failed(3)
                .skipped(0)
                .seconds(1)
                .build();
        var steps = new ArrayList<>(List.of(
                step("unit", State.Failed).withTests(tests).withMessage("password is hunter2"),
                step("lint", State.Failed).withIgnored(true),
                step("docs", State.Succeeded)));
        assertThat(of(Phase.Failed, steps)).isEqualTo("failed: unit (3 tests)");
        IntStream.range(0, 9).forEach(i -> steps.add(step("e2e[" + "x".repeat(80) + i + "]", State.Failed)));
        assertThat(of(Phase.Failed, steps))
                .hasSizeLessThanOrEqualTo(CommitStatus.DESCRIPTION_LENGTH)
                .contains("unit (3 tests), e2e[xxx")
                .endsWith(" and 7 more");
    }

    @Test
    void runWithoutStepsSaysTheReasonAlone() {
        var status = PipelineRunStatusBuilder.builder()
                .phase(Phase.Failed)
                .conditions(List.of(new Condition(
                        "Succeeded",
                        "False",
                        "SecretNotAllowed",
                        "names Secret deploy-key of team x",
                        "2026-11-29T00:00:00Z",
                        1L)))
                .build();
        assertThat(RunDescription.of(COMMIT, status, false)).isEqualTo("did not start: SecretNotAllowed");
    }

    @Test
    void runWithAWrongDefinitionSaysWhereItIsWrong() {
        var status = PipelineRunStatusBuilder.builder()
                .phase(Phase.Failed)
                .definition(new DefinitionStatus(".hearth/pipeline.yaml", COMMIT, 12))
                .conditions(List.of(new Condition(
                        "Succeeded", "False", "DefinitionInvalid", "spec.tasks", "2026-11-29T00:00:00Z", 1L)))
                .build();
        assertThat(RunDescription.of(COMMIT, status, false))
                .isEqualTo("did not start: DefinitionInvalid in .hearth/pipeline.yaml, line 12");
    }

    @Test
    void otherPhases() {
        assertThat(RunDescription.of(COMMIT, PipelineRunStatus.EMPTY, false)).isEqualTo("waiting to start");
        assertThat(of(Phase.Running, List.of())).isEqualTo("running");
        assertThat(of(Phase.Cancelled, List.of())).isEqualTo("cancelled");
        assertThat(RunDescription.of(
                        COMMIT,
                        PipelineRunStatusBuilder.builder()
                                .phase(Phase.Cancelled)
                                .build(),
                        true))
                .isEqualTo("cancelled, since the ref has moved on");
    }

    private static String of(Phase phase, List<StepStatus> steps) {
        return RunDescription.of(
                COMMIT,
                PipelineRunStatusBuilder.builder().phase(phase).steps(steps).build(),
                false);
    }

    private static StepStatus step(String name, State state) {
        return StepStatusBuilder.builder().name(name).state(state).build();
    }

    /** The values of a matrix may come from a file of the repository, and are in names of steps. */
    @Property(tries = 10_000)
    void descriptionIsOneShortVisibleLine(@ForAll("texts") String name, @ForAll State state) {
        for (var phase : Phase.values()) {
            var description =
                    of(phase, List.of(step("unit[" + name + "]", state).withFlaky(true)));
            assertThat(description).isNotBlank().hasSizeLessThanOrEqualTo(CommitStatus.DESCRIPTION_LENGTH);
            assertThat(HostileTexts.breaksLine(description)).as(description).isFalse();
        }
    }

    @Provide
    Arbitrary<String> texts() {
        return HostileTexts.any();
    }
}
