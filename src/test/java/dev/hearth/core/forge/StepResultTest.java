package dev.hearth.core.forge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatusBuilder;
import dev.hearth.api.TestSummaryBuilder;
import dev.hearth.core.forge.CommitStatus.State;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StepResultTest {
    @Test
    void eachStateHasAStatus() {
        assertThat(Arrays.stream(StepStatus.State.values())
                        .map(state ->
                                of(step("unit", state)).getFirst().status().state()))
                .containsExactly(
                        State.Waiting,
                        State.Running,
                        State.Success,
                        State.Failure,
                        State.Cancelled, // a step that a failed one has kept back must not count as a success
                        State.Cancelled);
    }

    @Test
    void textHasNumbersAndNoMessage() {
        var tests = TestSummaryBuilder.builder()
                .passed(12)
                .failed(2)
                .skipped(0)
                .seconds(1)
                .failures(List.of())
                .slowest(List.of())
                .flaky(List.of())
                .problems(List.of())
                .build();
        var failed = step("unit", StepStatus.State.Failed)
                .withFailure(Failure.Command)
                .withMessage("secret")
                .withTests(tests);
        assertThat(of(failed).getFirst().status().description())
                .isEqualTo("failed: Command, 12 tests passed and 2 failed");
        assertThat(of(failed.withIgnored(true)).getFirst().status())
                .isEqualTo(new CommitStatus(State.Success, "failed, which is ignored, 12 tests passed and 2 failed"));
        assertThat(of(step("image/linux-amd64", StepStatus.State.Succeeded)
                                .withCached(23)
                                .withExecuted(2))
                        .getFirst()
                        .status()
                        .description())
                .isEqualTo("succeeded, 23 of 25 build steps cached");
    }

    /** A test that is cancelled with an ignored one must not block a run that succeeds. */
    @Test
    void cancelledCellWhoseFailureIsIgnoredIsASuccess() {
        assertThat(of(step("unit", StepStatus.State.Cancelled).withIgnored(true)))
                .containsExactly(
                        new StepResult("unit", new CommitStatus(State.Success, "cancelled, which is ignored")));
    }

    /** Its reader has succeeded before any test has run. */
    @Test
    void taskWithAComputedMatrixGoesOnUntilItsCellsHaveEnded() {
        var reader = step("unit", StepStatus.State.Succeeded);
        assertThat(task(step("unit", StepStatus.State.Pending))).isEqualTo(StepResult.WAITING);
        assertThat(task(reader, cell("a", StepStatus.State.Pending), cell("b", StepStatus.State.Pending)))
                .isEqualTo(new CommitStatus(State.Running, "running"));
        assertThat(task(reader, cell("a", StepStatus.State.Failed), cell("b", StepStatus.State.Running)))
                .isEqualTo(new CommitStatus(State.Running, "running"));
        assertThat(task(reader, cell("a", StepStatus.State.Failed), cell("b", StepStatus.State.Succeeded)))
                .isEqualTo(new CommitStatus(State.Failure, "1 of 2 steps failed"));
        assertThat(task(reader, cell("a", StepStatus.State.Failed), cell("b", StepStatus.State.Failed)))
                .isEqualTo(new CommitStatus(State.Failure, "failed"));
        assertThat(task(reader)).as("no cells").isEqualTo(new CommitStatus(State.Success, "succeeded"));
        assertThat(task(step("unit", StepStatus.State.Failed)).state()).isEqualTo(State.Failure);
    }

    @Test
    void worstCellOfATaskDecides() {
        var passed = cell("a", StepStatus.State.Succeeded);
        var ignored = cell("b", StepStatus.State.Failed).withIgnored(true);
        assertThat(task(cell("a", StepStatus.State.Pending), cell("b", StepStatus.State.Pending)))
                .isEqualTo(StepResult.WAITING);
        assertThat(task(passed, cell("b", StepStatus.State.Pending)).state()).isEqualTo(State.Running);
        assertThat(task(passed, ignored)).isEqualTo(new CommitStatus(State.Success, "2 steps passed"));
        assertThat(task(passed, ignored, cell("c", StepStatus.State.Skipped)))
                .isEqualTo(new CommitStatus(State.Cancelled, "1 of 3 steps were cancelled or not run"));
        assertThat(task(passed, cell("c", StepStatus.State.Skipped), cell("d", StepStatus.State.Failed))
                        .state())
                .isEqualTo(State.Failure);
        assertThat(task(passed, step("unit[a]/artifact", StepStatus.State.Failed))
                        .state())
                .isEqualTo(State.Failure);
    }

    @Test
    void cellsComeLastAndThoseOfAFileAfterTheOthers() {
        assertThat(of(
                        step("read", StepStatus.State.Succeeded),
                        step("read[x]", StepStatus.State.Running),
                        cell("a", StepStatus.State.Running),
                        step("unit[a]/artifact", StepStatus.State.Pending),
                        step("lint", StepStatus.State.Pending)))
                .extracting(StepResult::step)
                .containsExactly("read", "unit", "lint", "unit[a]", "unit[a]/artifact", "read[x]");
    }

    @Test
    void tasksOfASkippedRunAreSkippedAsAWhole() {
        var skipped = new CommitStatus(State.Success, "skipped: it only changes README.md");
        assertThat(StepResult.ofSkipped(List.of("unit[a]", "unit[b]"), skipped))
                .containsExactly(
                        new StepResult("unit", skipped),
                        new StepResult("unit[a]", skipped),
                        new StepResult("unit[b]", skipped));
    }

    /** Two results under one name would replace each other for ever. */
    @Test
    void namesThatGitHubCannotTellApartAreShownOnce() {
        var first = step("unit[A]", StepStatus.State.Running);
        var second = step("unit[a]", StepStatus.State.Failed);
        assertThat(of(first, second))
                .containsExactly(
                        new StepResult("unit", new CommitStatus(State.Running, "running")),
                        new StepResult("unit[A]", new CommitStatus(State.Running, "running")));
    }

    /** Values of a computed matrix are of the repository's authors. */
    @Property
    void namesAreOfOneLineAndDiffer(@ForAll List<String> values) {
        var steps = values.stream()
                .map(value -> step("unit[" + value + "]", StepStatus.State.Running))
                .toArray(StepStatus[]::new);
        var seen = new HashSet<String>();
        assertThat(of(steps))
                .allMatch(it -> it.step().length() <= 150
                        && it.step().chars().noneMatch(Character::isISOControl)
                        && seen.add(it.step().toLowerCase(Locale.ROOT)));
    }

    private static List<StepResult> of(StepStatus... steps) {
        return StepResult.of(
                PipelineRunStatusBuilder.builder().steps(List.of(steps)).build());
    }

    /** Returns what is shown under the name of the task unit. */
    private static CommitStatus task(StepStatus... steps) {
        return of(steps).stream()
                .filter(it -> it.step().equals("unit"))
                .findFirst()
                .orElseThrow()
                .status();
    }

    private static StepStatus cell(String value, StepStatus.State state) {
        return step("unit[" + value + "]", state);
    }

    private static StepStatus step(String name, StepStatus.State state) {
        return StepStatusBuilder.builder().name(name).state(state).build();
    }
}
