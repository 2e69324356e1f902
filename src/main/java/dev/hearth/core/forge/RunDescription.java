package dev.hearth.core.forge;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TestSummary;
import dev.hearth.core.approval.CommentCommand;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.text.PlainText;
import dev.hearth.core.text.Text;
import dev.hearth.core.trigger.SkipRules;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Describes a run in one line that everybody may read who can see the repository. Messages of steps stay out of it: they quote
 * logs and name Secrets.
 */
public final class RunDescription {
    private static final int MOST_NAMES = 3;
    private static final int LONGEST_NAME = 40;

    private RunDescription() {}

    /** Returns the description. {@code superseded} says whether the run was cancelled since its ref has moved on. */
    public static String of(String commit, PipelineRunStatus status, boolean superseded) {
        var phase = status.phase() == null ? Phase.Pending : status.phase();
        var text = switch (phase) {
            case Pending -> pending(commit, status);
            case Running -> "running";
            case Succeeded -> success(status);
            case Skipped -> message(status);
            case Failed -> failure(status);
            case Cancelled -> superseded ? "cancelled, since the ref has moved on" : "cancelled";
        };
        return Text.abbreviate(text, CommitStatus.DESCRIPTION_LENGTH);
    }

    private static String pending(String commit, PipelineRunStatus status) {
        if (SkipRules.isWaiting(status)) {
            return message(status);
        }
        return status.approval() == null ? "waiting to start" : approval(commit);
    }

    private static String approval(String commit) {
        return "waiting for a comment of somebody who may write the repository: " + CommentCommand.approving(commit);
    }

    private static String success(PipelineRunStatus status) {
        var flaky = names(status, step -> Boolean.TRUE.equals(step.flaky()));
        var ignored = names(status, step -> Boolean.TRUE.equals(step.ignored()));
        var rebuilt = names(status, step -> !step.rebuilt().isEmpty());
        var succeeded = status.steps().stream()
                .filter(step -> step.state() == State.Succeeded)
                .count();
        return succeeded + (succeeded == 1 ? " step" : " steps") + " succeeded"
                + Optional.ofNullable(status.takenOverFrom())
                        .map(from -> takenOver(status, from))
                        .orElse("")
                + Optional.ofNullable(status.cached())
                        .map(RunDescription::cached)
                        .orElse("")
                + (rebuilt.isEmpty() ? "" : "; built again: " + rebuilt)
                + (flaky.isEmpty() ? "" : "; flaky: " + flaky)
                + (ignored.isEmpty() ? "" : "; failed and ignored: " + ignored);
    }

    /** Of runs that are skipped or wait for their pull request: names of files, labels, and texts of the pipeline. */
    private static String message(PipelineRunStatus status) {
        return ConditionFactory.find(status.conditions(), ConditionType.Succeeded)
                .map(Condition::message)
                .orElse("waiting to start");
    }

    private static String takenOver(PipelineRunStatus status, String from) {
        var taken = status.steps().stream()
                .filter(step -> step.has(Reason.TakenOver))
                .count();
        return ", " + taken + " of them taken over from run " + from + " of the merge queue";
    }

    /** @param cached build steps found in the cache, of all, such as 23/25 */
    private static String cached(String cached) {
        return ", " + cached.replace("/", " of ") + " build steps cached";
    }

    private static String failure(PipelineRunStatus status) {
        var failed = names(status, step -> step.state() == State.Failed && !step.passed());
        if (!failed.isEmpty()) {
            return "failed: " + failed;
        }
        return status.conditions().stream()
                .filter(condition -> condition.type().equals("Succeeded"))
                .findFirst()
                .flatMap(condition -> Reason.parse(condition.reason()))
                .map(reason -> "did not start: " + reason + place(status))
                .orElse("failed");
    }

    /** Returns where a definition is wrong. Everybody who can see the repository can read it. */
    private static String place(PipelineRunStatus status) {
        var definition = status.definition();
        return definition == null
                ? ""
                : " in " + definition.path() + (definition.line() == null ? "" : ", line " + definition.line());
    }

    private static String names(PipelineRunStatus status, Predicate<StepStatus> condition) {
        var steps = status.steps().stream().filter(condition).toList();
        var more = steps.size() - MOST_NAMES;
        return steps.stream().limit(MOST_NAMES).map(RunDescription::named).collect(Collectors.joining(", "))
                + (more > 0 ? " and " + more + " more" : "");
    }

    private static String named(StepStatus step) {
        var tests = Optional.ofNullable(step.tests()).map(TestSummary::failed).orElse(0);
        return PlainText.line(step.name(), LONGEST_NAME) + (tests > 0 ? " (" + tests + " tests)" : "");
    }
}
