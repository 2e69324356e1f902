package dev.hearth.core.run;

import dev.hearth.api.Condition;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.Trust;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.status.Conditions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Sums a run's steps up: phase, progress, cache use and conditions. */
public final class RunReport {
    private RunReport() {}

    /** What a run begins with. */
    public record Begin(
            String commit,
            Trust trust,
            @Nullable String recipe,
            List<String> bases,
            Map<String, String> inputs,
            String results) {}

    /** The status of a run that has its commit and spec. */
    public static PipelineRunStatus of(PipelineRunStatus before, Decision decision, long generation, Instant now) {
        var steps = decision.steps();
        var matrices = new HashMap<>(before.matrices());
        matrices.putAll(decision.matrices());
        var phase = phase(steps);
        var over = phase == Phase.Succeeded || phase == Phase.Failed || phase == Phase.Cancelled;
        var words = new Conditions(before.conditions(), generation, now);
        return new PipelineRunStatus(
                generation,
                phase,
                steps.stream().filter(step -> step.state().isFinal()).count() + "/" + steps.size(),
                cached(steps),
                before.commit(),
                before.trust(),
                before.recipe(),
                before.bases(),
                before.frozen(),
                before.inputs(),
                matrices,
                before.results(),
                before.startedAt(),
                over ? now.toString() : null,
                Slim.fitted(steps),
                Stream.concat(
                                conditions(phase, why(phase, steps), words).stream(),
                                regression(steps).stream().map(why -> words.condition("CacheRegression", "True", why)))
                        .toList());
    }

    /** The status of a run that never got to its steps. */
    public static PipelineRunStatus refused(PipelineRunStatus before, Finding why, long generation, Instant now) {
        return unsettled(before, Phase.Failed, before.startedAt(), now.toString(), why, generation, now);
    }

    /** The status of a run that now has its commit and spec, and no steps yet. */
    public static PipelineRunStatus begun(
            PipelineRunStatus before, PipelineSpec spec, Begin begin, long generation, Instant now) {
        var words = new Conditions(before.conditions(), generation, now);
        return new PipelineRunStatus(
                generation,
                Phase.Pending,
                null,
                null,
                begin.commit(),
                begin.trust(),
                begin.recipe(),
                begin.bases(),
                spec,
                begin.inputs(),
                Map.of(),
                begin.results(),
                Optional.ofNullable(before.startedAt()).orElse(now.toString()),
                null,
                List.of(),
                conditions(Phase.Pending, new Finding("CommitResolved", "runs commit " + begin.commit()), words));
    }

    /** What is worth an event: that a run began and how it ended. */
    public static Optional<Finding> news(Optional<PipelineRunStatus> before, PipelineRunStatus after) {
        var wasFinished = before.map(PipelineRunStatus::finishedAt).isPresent();
        if (after.finishedAt() != null && !wasFinished) {
            return after.conditions().stream()
                    .filter(condition -> condition.type().equals("Succeeded"))
                    .findFirst()
                    .map(condition -> new Finding(condition.reason(), condition.message()));
        }
        var wasBegun = before.map(PipelineRunStatus::commit).isPresent();
        return after.commit() != null && !wasBegun
                ? Optional.of(new Finding("Started", "runs commit " + after.commit()))
                : Optional.empty();
    }

    /** The status of a run whose commit is not known yet. */
    public static PipelineRunStatus resolving(PipelineRunStatus before, Finding why, long generation, Instant now) {
        var since = Optional.ofNullable(before.startedAt()).orElse(now.toString());
        return unsettled(before, Phase.Pending, since, null, why, generation, now);
    }

    /** Without a commit, a spec, and all that follows from them. */
    private static PipelineRunStatus unsettled(
            PipelineRunStatus before,
            Phase phase,
            @Nullable String startedAt,
            @Nullable String finishedAt,
            Finding why,
            long generation,
            Instant now) {
        var words = new Conditions(before.conditions(), generation, now);
        return new PipelineRunStatus(
                generation,
                phase,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                Map.of(),
                Map.of(),
                null,
                startedAt,
                finishedAt,
                List.of(),
                conditions(phase, why, words));
    }

    private static Phase phase(List<StepStatus> steps) {
        if (steps.stream().anyMatch(step -> !step.state().isFinal())) {
            var begun = steps.stream().anyMatch(step -> step.state() != State.Pending);
            return begun ? Phase.Running : Phase.Pending;
        }
        if (steps.stream().anyMatch(RunReport::isFailure)) {
            return Phase.Failed;
        }
        return steps.stream().anyMatch(step -> step.state() == State.Cancelled && !step.passed())
                ? Phase.Cancelled
                : Phase.Succeeded;
    }

    private static Finding why(Phase phase, List<StepStatus> steps) {
        return switch (phase) {
            case Succeeded -> new Finding("Succeeded", success(steps));
            case Cancelled -> new Finding("Cancelled", "spec.cancel of the run was set");
            case Failed ->
                steps.stream()
                        .filter(RunReport::isFailure)
                        .findFirst()
                        .map(RunReport::failure)
                        .orElseThrow();
            case Pending, Running ->
                steps.stream()
                        .filter(RunReport::isFailure)
                        .findFirst()
                        .map(step ->
                                new Finding("StepFailed", step.name() + " failed; steps that do not need it go on"))
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
                .filter(step -> Boolean.TRUE.equals(step.tolerated()))
                .map(StepStatus::name)
                .toList();
        return succeeded + " steps succeeded" + (flaky.isEmpty() ? "" : Texts.listed("; flaky: ", flaky))
                + (tolerated.isEmpty() ? "" : Texts.listed("; failed, which is tolerated: ", tolerated));
    }

    private static Finding underway(List<StepStatus> steps) {
        var running = steps.stream()
                .filter(step -> step.state() == State.Running)
                .map(StepStatus::name)
                .toList();
        if (!running.isEmpty()) {
            return new Finding("Running", Texts.listed("runs ", running));
        }
        return steps.stream()
                .filter(step -> step.state() == State.Pending && !"WaitingForNeeds".equals(step.reason()))
                .findFirst()
                .map(step -> new Finding(
                        Objects.requireNonNullElse(step.reason(), "Pending"),
                        step.name() + ": " + Objects.requireNonNullElse(step.message(), "pending")))
                .orElseGet(() -> new Finding("Pending", "waits to start"));
    }

    private static Finding failure(StepStatus step) {
        return new Finding(
                Objects.requireNonNullElse(step.reason(), "Failed"),
                step.name() + ": " + Texts.end(Objects.requireNonNullElse(step.message(), "failed")));
    }

    private static @Nullable String cached(List<StepStatus> steps) {
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

    /** A run that ended badly is stalled: it will not change by itself, and a tool that waits for it should say so. */
    private static List<Condition> conditions(Phase phase, Finding why, Conditions words) {
        var all = new ArrayList<Condition>(
                switch (phase) {
                    case Succeeded -> words.ready(why);
                    case Failed, Cancelled -> words.stalled(why);
                    case Pending, Running -> words.reconciling(why);
                });
        var succeeded = switch (phase) {
            case Succeeded -> "True";
            case Failed, Cancelled -> "False";
            case Pending, Running -> "Unknown";
        };
        all.add(words.condition("Succeeded", succeeded, why));
        return List.copyOf(all);
    }

    /** The truth about the cache: a step ran although this very commit was built on this very cache before. */
    private static Optional<Finding> regression(List<StepStatus> steps) {
        var regressed =
                steps.stream().filter(step -> !step.regressed().isEmpty()).toList();
        return regressed.isEmpty()
                ? Optional.empty()
                : Optional.of(new Finding(
                        "StepsRanAgain",
                        regressed.stream()
                                .map(step -> step.name() + " ran " + String.join(", ", step.regressed()))
                                .collect(Collectors.joining("; "))));
    }
}
