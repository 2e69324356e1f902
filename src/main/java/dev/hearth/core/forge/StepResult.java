package dev.hearth.core.forge;

import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.api.TestSummary;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.text.PlainText;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What a commit shows for one step of a run.
 *
 * @param status Waiting as long as the step has not started. That is not shown: forges limit how much is written, and a commit
 *     whose required status is missing is not merged either
 */
public record StepResult(String step, CommitStatus status) {
    /** The others are only in the status of the pipeline. */
    static final int MOST = 25;

    /** Beside the name of the pipeline's status this fits into what the forges accept. */
    private static final int LONGEST_NAME = 150;

    /** Returns the results of the first steps of a run. */
    public static List<StepResult> of(PipelineRunStatus status) {
        return of(status.steps().stream().map(step -> new StepResult(step.name(), status(step))));
    }

    /** Returns the results of the steps of a run that was skipped: a step that is required must not hold up the commit. */
    public static List<StepResult> ofSkipped(Collection<String> steps, CommitStatus skipped) {
        return of(steps.stream().map(step -> new StepResult(step, skipped)));
    }

    /** GitHub does not tell large letters from small ones in names. */
    private static List<StepResult> of(Stream<StepResult> all) {
        var names = new HashSet<String>();
        return all.filter(it -> it.step.equals(PlainText.line(it.step, LONGEST_NAME))
                        && names.add(it.step.toLowerCase(Locale.ROOT)))
                .limit(MOST)
                .toList();
    }

    private static CommitStatus status(StepStatus step) {
        return switch (step.state()) {
            case Pending -> new CommitStatus(State.Waiting, "waiting to start");
            case Running -> new CommitStatus(State.Running, "running");
            case Succeeded ->
                new CommitStatus(
                        State.Success,
                        text("succeeded" + (Boolean.TRUE.equals(step.flaky()) ? " after a failure" : ""), step));
            case Failed ->
                step.passed()
                        ? new CommitStatus(State.Success, text("failed, which is ignored", step))
                        : new CommitStatus(
                                State.Failure,
                                text("failed" + (step.failure() == null ? "" : ": " + step.failure()), step));
            case Skipped -> new CommitStatus(State.Cancelled, "not run, since a step that it needs has not succeeded");
            case Cancelled -> new CommitStatus(State.Cancelled, "cancelled");
        };
    }

    private static String text(String outcome, StepStatus step) {
        var cached = step.cached() == null || step.executed() == null
                ? ""
                : ", " + step.cached() + " of " + (step.cached() + step.executed()) + " build steps cached";
        return outcome + cached + (step.tests() == null ? "" : tests(step.tests()));
    }

    private static String tests(TestSummary tests) {
        return ", " + tests.passed() + " tests passed"
                + (tests.failed() == 0 ? "" : " and " + tests.failed() + " failed");
    }

    /** Returns what a step shows that went on and that the newest run does not have. */
    StepResult abandoned() {
        return new StepResult(step, new CommitStatus(State.Cancelled, "no longer a step of the run"));
    }

    /** Returns whether it is shown that the step goes on. */
    boolean goesOn() {
        return status.state() == State.Running;
    }
}
