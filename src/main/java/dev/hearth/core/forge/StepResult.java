package dev.hearth.core.forge;

import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.api.TestSummary;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.text.PlainText;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a commit shows for one step of a run, or for all matrix cells of a task.
 *
 * @param status Waiting as long as the step has not started
 */
public record StepResult(String step, CommitStatus status) {
    /** What a step shows that has not started. */
    static final CommitStatus WAITING = new CommitStatus(State.Waiting, "waiting to start");

    /** Beside the name of the pipeline's status this fits into what the forges accept. */
    private static final int LONGEST_NAME = 150;

    /** Returns the results of the steps of a run, those that are shown first: see {@link #ordered}. */
    public static List<StepResult> of(PipelineRunStatus status) {
        return ordered(status.steps().stream()
                .map(step -> new StepResult(step.name(), status(step)))
                .toList());
    }

    /** Returns the results of the steps of a run that was skipped: a step that is required must not hold up the commit. */
    public static List<StepResult> ofSkipped(Collection<String> steps, CommitStatus skipped) {
        return ordered(steps.stream().map(step -> new StepResult(step, skipped)).toList());
    }

    /**
     * Returns the steps, and before the matrix cells of each task one result of all of them, whose name is known before the
     * cells are. Cells come last, and of these the ones that a file lists, since they must not push others out of what is shown.
     */
    private static List<StepResult> ordered(List<StepResult> steps) {
        var tasks = steps.stream()
                .collect(Collectors.groupingBy(StepResult::task, LinkedHashMap::new, Collectors.toList()));
        var read = steps.stream()
                .filter(it -> !it.isOfCell())
                .map(StepResult::step)
                .collect(Collectors.toSet());
        var cells = steps.stream()
                .filter(StepResult::isOfCell)
                .sorted(Comparator.comparing((StepResult cell) -> read.contains(cell.task())));
        var names = new HashSet<String>();
        return Stream.concat(tasks.entrySet().stream().map(task -> ofTask(task.getKey(), task.getValue())), cells)
                .filter(it -> it.step.equals(PlainText.line(it.step, LONGEST_NAME)) && names.add(it.key()))
                .toList();
    }

    /**
     * Returns the result of a task.
     *
     * @param parts its step if it has no cells; else those of the cells, after the one that reads them if there is one
     */
    private static StepResult ofTask(String task, List<StepResult> parts) {
        var cells = parts.stream()
                .filter(StepResult::isOfCell)
                .map(StepResult::status)
                .toList();
        var other = parts.stream()
                .filter(it -> !it.isOfCell())
                .map(StepResult::status)
                .findFirst();
        return new StepResult(task, cells.isEmpty() ? other.orElseThrow() : MatrixResult.of(other.orElse(null), cells));
    }

    /** Returns whether this is a matrix cell, or the upload of its artifact. No other name has a bracket. */
    private boolean isOfCell() {
        return step.indexOf('[') >= 0;
    }

    private String task() {
        return isOfCell() ? step.substring(0, step.indexOf('[')) : step;
    }

    /** Returns what is the same for names that are one status: GitHub does not tell large letters from small ones. */
    String key() {
        return step.toLowerCase(Locale.ROOT);
    }

    private static CommitStatus status(StepStatus step) {
        return switch (step.state()) {
            case Pending -> WAITING;
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
            case Cancelled ->
                step.passed()
                        ? new CommitStatus(State.Success, "cancelled, which is ignored")
                        : new CommitStatus(State.Cancelled, "cancelled");
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

    /** Returns whether the step has not started. */
    boolean waits() {
        return status.state() == State.Waiting;
    }

    /** Returns what is shown in place of this as long as the step has to start, again or in another run. */
    StepResult untilStarted() {
        return status.state() == State.Running ? this : new StepResult(step, WAITING);
    }

    /** Returns what is shown in place of this once the run does not have the step: forges delete no status. */
    StepResult abandoned() {
        return status.state().isFinal()
                ? this
                : new StepResult(step, new CommitStatus(State.Cancelled, "no longer a step of the run"));
    }
}
