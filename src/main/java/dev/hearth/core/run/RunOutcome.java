package dev.hearth.core.run;

import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the steps of a run come to together. */
final class RunOutcome {
    private RunOutcome() {}

    static Phase phase(List<StepStatus> steps) {
        if (steps.stream().anyMatch(step -> !step.state().isFinal())) {
            var begun = steps.stream().anyMatch(step -> step.state() != State.Pending);
            return begun ? Phase.Running : Phase.Pending;
        }
        if (steps.stream().anyMatch(RunOutcome::isFailure)) {
            return Phase.Failed;
        }
        return steps.stream().anyMatch(step -> step.state() == State.Cancelled && !step.passed())
                ? Phase.Cancelled
                : Phase.Succeeded;
    }

    static StatusReason why(Phase phase, List<StepStatus> steps) {
        return switch (phase) {
            case Succeeded -> new StatusReason(Reason.Succeeded, success(steps));
            case Cancelled -> new StatusReason(Reason.Cancelled, "spec.cancel of the run was set");
            case Failed ->
                steps.stream()
                        .filter(RunOutcome::isFailure)
                        .findFirst()
                        .map(RunOutcome::failure)
                        .orElseThrow();
            case Pending, Running ->
                steps.stream()
                        .filter(RunOutcome::isFailure)
                        .findFirst()
                        .map(step -> new StatusReason(
                                Reason.StepFailed, step.name() + " failed; steps that do not need it go on"))
                        .orElseGet(() -> underway(steps));
        };
    }

    private static boolean isFailure(StepStatus step) {
        return step.state() == State.Failed && !step.passed();
    }

    private static String success(List<StepStatus> steps) {
        var succeeded =
                steps.stream().filter(step -> step.state() == State.Succeeded).count();
        var flaky = steps.stream()
                .filter(step -> Boolean.TRUE.equals(step.flaky()))
                .map(StepStatus::name)
                .toList();
        var tolerated = steps.stream()
                .filter(step -> Boolean.TRUE.equals(step.ignored()))
                .map(StepStatus::name)
                .toList();
        return succeeded + " steps succeeded" + (flaky.isEmpty() ? "" : StatusText.listed("; flaky: ", flaky))
                + (tolerated.isEmpty() ? "" : StatusText.listed("; failed, which is tolerated: ", tolerated));
    }

    private static StatusReason underway(List<StepStatus> steps) {
        var running = steps.stream()
                .filter(step -> step.state() == State.Running)
                .map(StepStatus::name)
                .toList();
        if (!running.isEmpty()) {
            return new StatusReason(Reason.Running, StatusText.listed("runs ", running));
        }
        return steps.stream()
                .filter(step -> step.state() == State.Pending && !step.has(Reason.WaitingForDependencies))
                .findFirst()
                .map(step -> new StatusReason(
                        step.knownReason().orElse(Reason.Pending),
                        step.name() + ": " + Objects.requireNonNullElse(step.message(), "pending")))
                .orElseGet(() -> new StatusReason(Reason.Pending, "waits to start"));
    }

    private static StatusReason failure(StepStatus step) {
        return new StatusReason(
                step.knownReason().orElse(Reason.Failed),
                step.name() + ": " + StatusText.lastPart(Objects.requireNonNullElse(step.message(), "failed")));
    }

    static @Nullable String cached(List<StepStatus> steps) {
        var counted = steps.stream().filter(step -> step.cached() != null).toList();
        if (counted.isEmpty()) {
            return null;
        }
        var cached = counted.stream()
                .mapToInt(step -> Objects.requireNonNullElse(step.cached(), 0))
                .sum();
        var executed = counted.stream()
                .mapToInt(step -> Objects.requireNonNullElse(step.executed(), 0))
                .sum();
        return cached + "/" + (cached + executed);
    }

    /** What was wrong with the caches of steps, and what was done about it. */
    static Optional<StatusReason> degraded(List<StepStatus> steps) {
        var troubled = steps.stream()
                .filter(step -> step.knownReason().flatMap(CacheProblem::of).isPresent())
                .toList();
        return troubled.stream()
                .findFirst()
                .map(first -> new StatusReason(
                        first.knownReason().orElseThrow(),
                        troubled.stream()
                                .map(step -> step.name() + ": "
                                        + StatusText.lastPart(Objects.requireNonNullElse(step.message(), "")))
                                .collect(Collectors.joining("; "))));
    }

    /** The truth about the cache: a step ran although this very commit was built on this very cache before. */
    static Optional<StatusReason> regression(List<StepStatus> steps) {
        var regressed = steps.stream().filter(step -> !step.rebuilt().isEmpty()).toList();
        return regressed.isEmpty()
                ? Optional.empty()
                : Optional.of(new StatusReason(
                        Reason.CacheMissOnRerun,
                        regressed.stream()
                                .map(step -> step.name() + " ran " + String.join(", ", step.rebuilt()))
                                .collect(Collectors.joining("; "))));
    }
}
