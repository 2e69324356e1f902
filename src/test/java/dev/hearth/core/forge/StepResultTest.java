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
import java.util.stream.IntStream;
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

    @Test
    void onlyTheFirstStepsAreShown() {
        var many = IntStream.range(0, 40)
                .mapToObj(i -> step("unit[" + i + "]", StepStatus.State.Running))
                .toArray(StepStatus[]::new);
        assertThat(of(many)).hasSize(25).last().returns("unit[24]", StepResult::step);
    }

    /** Two results under one name would replace each other for ever. */
    @Test
    void namesThatGitHubCannotTellApartAreShownOnce() {
        var first = step("unit[A]", StepStatus.State.Running);
        var second = step("unit[a]", StepStatus.State.Failed);
        assertThat(of(first, second))
                .containsExactly(new StepResult("unit[A]", new CommitStatus(State.Running, "running")));
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

    private static StepStatus step(String name, StepStatus.State state) {
        return StepStatusBuilder.builder().name(name).state(state).build();
    }
}
