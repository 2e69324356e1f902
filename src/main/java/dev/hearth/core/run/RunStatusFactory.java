package dev.hearth.core.run;

import dev.hearth.api.ApprovalRequest;
import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.DefinitionStatus;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.isolation.UserNamespaceUse;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Text;
import dev.hearth.core.trigger.SkipDecision;
import dev.hearth.core.trigger.SkipRules;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Creates the status of a run: phase, progress, cache use and conditions. */
public final class RunStatusFactory {
    private RunStatusFactory() {}

    /**
     * What is recorded once in a run's status, when its commit is known.
     *
     * @param takeOver steps that are taken over; null if there are none
     */
    public record Begin(
            @Nullable DefinitionStatus definition,
            String commit,
            Trust trust,
            @Nullable String recipe,
            List<String> seedRefs,
            Map<String, String> inputs,
            String results,
            @Nullable TakeOver takeOver) {}

    /** Returns the status of a run that has a commit and a spec. */
    public static PipelineRunStatus of(PipelineRunStatus before, RunDecision decision, long generation, Instant now) {
        var steps = decision.steps();
        var matrices = new HashMap<>(before.matrices());
        matrices.putAll(decision.matrices());
        var phase = phase(steps);
        var finished = phase == Phase.Succeeded || phase == Phase.Failed || phase == Phase.Cancelled;
        var factory = new ConditionFactory(before.conditions(), generation, now);
        var trimmed = StatusTrimmer.trim(steps);
        return PipelineRunStatusBuilder.builder()
                .observedGeneration(generation)
                .phase(phase)
                .progress(steps.stream().filter(step -> step.state().isFinal()).count() + "/" + steps.size())
                .cached(cacheUse(steps))
                .commit(before.commit())
                .trust(before.trust())
                .recipe(before.recipe())
                .seedRefs(before.seedRefs())
                .definition(before.definition())
                .pipelineSpec(before.pipelineSpec())
                .inputs(before.inputs())
                .matrices(matrices)
                .results(before.results())
                .takenOverFrom(before.takenOverFrom())
                .takenOverFromUid(before.takenOverFromUid())
                .startedAt(before.startedAt())
                .finishedAt(finished ? now.toString() : null)
                .steps(trimmed.steps())
                .artifactFolder(trimmed.folder())
                .conditions(Stream.of(
                                conditions(phase, reason(phase, steps, before.takenOverFrom()), factory).stream(),
                                cacheRegression(steps).stream()
                                        .map(why -> factory.condition(ConditionType.CacheRegression, "True", why)),
                                cacheDegradation(steps).stream()
                                        .map(why -> factory.condition(ConditionType.CacheDegraded, "True", why)),
                                UserNamespaceUse.condition(factory, decision.userNamespaces()).stream())
                        .flatMap(Function.identity())
                        .toList())
                .build();
    }

    /**
     * Returns the status of a run that failed before it had steps.
     *
     * @param definition the definition that is wrong; null if it is something else
     */
    public static PipelineRunStatus refused(
            PipelineRunStatus before,
            StatusReason why,
            @Nullable DefinitionStatus definition,
            long generation,
            Instant now) {
        return withoutSteps(before, Phase.Failed, why, generation, now)
                .definition(definition)
                .startedAt(before.startedAt())
                .finishedAt(now.toString())
                .build();
    }

    /** Returns why a run is to be cancelled. Empty if it is not. */
    public static Optional<StatusReason> cancellation(PipelineRunSpec spec) {
        return spec.cancel() ? Optional.of(new StatusReason(Reason.Cancelled, spec.cancellation())) : Optional.empty();
    }

    /** Returns the status of a run that was cancelled before it had steps. */
    public static PipelineRunStatus cancelled(
            PipelineRunStatus before, StatusReason why, long generation, Instant now) {
        return withoutSteps(before, Phase.Cancelled, why, generation, now)
                .startedAt(before.startedAt())
                .finishedAt(now.toString())
                .build();
    }

    /** Returns the status of a run whose commit needs no run. */
    public static PipelineRunStatus skipped(
            PipelineRunStatus before, PipelineRunSpec spec, SkipDecision.Skip skip, long generation, Instant now) {
        return withoutSteps(before, Phase.Skipped, skip.why(), generation, now)
                .commit(spec.commit())
                .trust(skip.trust())
                .comparedWith(skip.comparedWith())
                .finishedAt(now.toString())
                .build();
    }

    /** Returns the status of a run that waits for its start. Its timeout does not run yet. */
    public static PipelineRunStatus waiting(PipelineRunStatus before, StatusReason why, long generation, Instant now) {
        return withoutSteps(before, Phase.Pending, why, generation, now)
                .queuedAt(queuedAt(before, why, now))
                .build();
    }

    /** Returns since when a run has waited for its turn, if it had to wait for somebody before. */
    private static @Nullable String queuedAt(PipelineRunStatus before, StatusReason why, Instant now) {
        if (SkipRules.isWaiting(why.reason())) {
            return null;
        }
        return before.queuedAt() == null && QueueRules.standsAside(before) ? now.toString() : before.queuedAt();
    }

    /** Returns the status of a run that waits for somebody's approval. */
    public static PipelineRunStatus waitingForApproval(
            PipelineRunStatus before, StatusReason why, ApprovalRequest request, long generation, Instant now) {
        return withoutSteps(before, Phase.Pending, why, generation, now)
                .approval(request)
                .build();
    }

    /**
     * Returns the status of a run whose commit and spec have just been resolved. It has no steps but those that are taken over:
     * all of them in one status, so that a run that is interrupted has either all or none.
     */
    public static PipelineRunStatus beginning(
            PipelineRunStatus before, PipelineSpec spec, Begin begin, long generation, Instant now) {
        var factory = new ConditionFactory(before.conditions(), generation, now);
        var takeOver = Optional.ofNullable(begin.takeOver());
        var trimmed = StatusTrimmer.trim(takeOver.map(TakeOver::steps).orElse(List.of()));
        var steps = trimmed.steps();
        var from = takeOver.map(TakeOver::from).orElse(null);
        return PipelineRunStatusBuilder.builder()
                .observedGeneration(generation)
                .phase(Phase.Pending)
                .commit(begin.commit())
                .trust(begin.trust())
                .recipe(begin.recipe())
                .seedRefs(begin.seedRefs())
                .definition(begin.definition())
                .pipelineSpec(spec)
                .inputs(begin.inputs())
                .results(begin.results())
                .matrices(takeOver.map(TakeOver::matrices).orElse(Map.of()))
                .steps(steps)
                .artifactFolder(trimmed.folder())
                .takenOverFrom(from)
                .takenOverFromUid(takeOver.map(TakeOver::uid).orElse(null))
                .startedAt(Optional.ofNullable(before.startedAt()).orElse(now.toString()))
                .conditions(conditions(
                        Phase.Pending,
                        new StatusReason(Reason.CommitResolved, started(begin.commit(), steps, from)),
                        factory))
                .build();
    }

    private static String started(String commit, List<StepStatus> steps, @Nullable String takenOverFrom) {
        var taken = count(steps, step -> step.has(Reason.TakenOver));
        return "running commit " + commit
                + (takenOverFrom == null
                        ? ""
                        : "; " + taken + (taken == 1 ? " step is" : " steps are") + " taken over from run "
                                + takenOverFrom + " of the merge queue");
    }

    /** Returns the reason of a warning event if the status reports a new problem with caches. */
    public static Optional<StatusReason> cacheWarning(PipelineRunStatus before, PipelineRunStatus after) {
        return cacheDegradation(after)
                .filter(why -> !cacheDegradation(before).equals(Optional.of(why)))
                .map(why -> new StatusReason(Reason.CacheDegraded, why.reason() + ": " + why.message()));
    }

    private static Optional<StatusReason> cacheDegradation(PipelineRunStatus status) {
        return ConditionFactory.find(status.conditions(), ConditionType.CacheDegraded)
                .map(ConditionFactory::finding);
    }

    /** Returns the reason of an event if the run has just started or finished, or asks for an approval. */
    public static Optional<StatusReason> event(PipelineRunStatus before, PipelineRunStatus after) {
        if (after.finishedAt() != null && before.finishedAt() == null) {
            return ConditionFactory.find(after.conditions(), ConditionType.Succeeded)
                    .map(ConditionFactory::finding);
        }
        if (after.approval() != null && before.approval() == null) {
            return ConditionFactory.find(after.conditions(), ConditionType.Reconciling)
                    .map(ConditionFactory::finding);
        }
        return after.commit() != null && before.commit() == null
                ? Optional.of(
                        new StatusReason(Reason.Started, started(after.commit(), after.steps(), after.takenOverFrom())))
                : Optional.empty();
    }

    /** Returns the status of a run whose commit is not known yet. */
    public static PipelineRunStatus resolving(
            PipelineRunStatus before, StatusReason why, long generation, Instant now) {
        return withoutSteps(before, Phase.Pending, why, generation, now)
                .startedAt(Objects.requireNonNullElse(before.startedAt(), now.toString()))
                .build();
    }

    private static PipelineRunStatusBuilder withoutSteps(
            PipelineRunStatus before, Phase phase, StatusReason why, long generation, Instant now) {
        var factory = new ConditionFactory(before.conditions(), generation, now);
        return PipelineRunStatusBuilder.builder()
                .observedGeneration(generation)
                .phase(phase)
                .conditions(conditions(phase, why, factory));
    }

    /** A run that failed or was cancelled is stalled, so that tools that wait for it stop waiting. */
    private static List<Condition> conditions(Phase phase, StatusReason why, ConditionFactory factory) {
        var conditions = new ArrayList<Condition>(
                switch (phase) {
                    case Succeeded, Skipped -> factory.ready(why);
                    case Failed, Cancelled -> factory.stalled(why);
                    case Pending, Running -> factory.reconciling(why);
                });
        var succeeded = switch (phase) {
            case Succeeded, Skipped -> "True";
            case Failed, Cancelled -> "False";
            case Pending, Running -> "Unknown";
        };
        conditions.add(factory.condition(ConditionType.Succeeded, succeeded, why));
        return List.copyOf(conditions);
    }

    private static Phase phase(List<StepStatus> steps) {
        if (steps.stream().anyMatch(step -> !step.state().isFinal())) {
            var started = steps.stream().anyMatch(step -> step.state() != State.Pending);
            return started ? Phase.Running : Phase.Pending;
        }
        if (steps.stream().anyMatch(RunStatusFactory::isFailure)) {
            return Phase.Failed;
        }
        return steps.stream().anyMatch(step -> step.state() == State.Cancelled && !step.passed())
                ? Phase.Cancelled
                : Phase.Succeeded;
    }

    private static StatusReason reason(Phase phase, List<StepStatus> steps, @Nullable String takenOverFrom) {
        var failed = steps.stream().filter(RunStatusFactory::isFailure).findFirst();
        return switch (phase) {
            case Succeeded, Skipped -> new StatusReason(Reason.Succeeded, success(steps, takenOverFrom));
            case Cancelled -> cancelled(steps);
            case Failed ->
                failed.map(step -> new StatusReason(step.knownReason().orElse(Reason.Failed), quote(step, "failed")))
                        .orElseThrow();
            case Pending, Running ->
                failed.map(step -> new StatusReason(
                                Reason.StepFailed, step.name() + " failed; running the steps that do not need it"))
                        .orElseGet(() -> progress(steps));
        };
    }

    /** The reason of the first step that was cancelled with the run. */
    private static StatusReason cancelled(List<StepStatus> steps) {
        return new StatusReason(
                Reason.Cancelled,
                steps.stream()
                        .filter(step -> step.state() == State.Cancelled && step.has(Reason.Cancelled))
                        .flatMap(step -> Stream.ofNullable(step.message()))
                        .findFirst()
                        .orElse("spec.cancel of the run was set"));
    }

    private static boolean isFailure(StepStatus step) {
        return step.state() == State.Failed && !step.passed();
    }

    private static long count(List<StepStatus> steps, Predicate<StepStatus> condition) {
        return steps.stream().filter(condition).count();
    }

    private static String success(List<StepStatus> steps, @Nullable String takenOverFrom) {
        var succeeded = count(steps, step -> step.state() == State.Succeeded);
        var flaky = names(steps, step -> Boolean.TRUE.equals(step.flaky()));
        var ignored = names(steps, step -> Boolean.TRUE.equals(step.ignored()));
        return succeeded + " steps succeeded"
                + (takenOverFrom == null
                        ? ""
                        : ", " + count(steps, step -> step.has(Reason.TakenOver)) + " of them taken over from run "
                                + takenOverFrom + " of the merge queue")
                + (flaky.isEmpty() ? "" : "; flaky: " + StepStatusFactory.list(flaky))
                + (ignored.isEmpty() ? "" : "; failed and ignored: " + StepStatusFactory.list(ignored));
    }

    private static StatusReason progress(List<StepStatus> steps) {
        var running = names(steps, step -> step.state() == State.Running);
        if (!running.isEmpty()) {
            return new StatusReason(Reason.Running, "running " + StepStatusFactory.list(running));
        }
        return steps.stream()
                .filter(step -> step.state() == State.Pending && !step.has(Reason.WaitingForDependencies))
                .findFirst()
                .map(step -> new StatusReason(
                        step.knownReason().orElse(Reason.Pending),
                        step.name() + ": " + Objects.requireNonNullElse(step.message(), "pending")))
                .orElseGet(() -> new StatusReason(Reason.Pending, "waiting for the first step to start"));
    }

    private static List<String> names(List<StepStatus> steps, Predicate<StepStatus> condition) {
        return steps.stream().filter(condition).map(StepStatus::name).toList();
    }

    private static String quote(StepStatus step, String otherwise) {
        var message = Objects.requireNonNullElse(step.message(), otherwise);
        return step.name() + ": " + Text.abbreviateStart(message, StepStatusFactory.MAX_QUOTE);
    }

    private static @Nullable String cacheUse(List<StepStatus> steps) {
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

    /** Returns what was wrong with the caches of steps, and what was done about it. Empty if nothing was wrong. */
    private static Optional<StatusReason> cacheDegradation(List<StepStatus> steps) {
        var degraded = steps.stream()
                .filter(step -> step.knownReason().flatMap(CacheProblem::of).isPresent())
                .toList();
        return degraded.stream()
                .findFirst()
                .map(first -> new StatusReason(
                        first.knownReason().orElseThrow(),
                        degraded.stream().map(step -> quote(step, "")).collect(Collectors.joining("; "))));
    }

    /** Returns which build steps ran although this commit was built on this cache before. Empty if none did. */
    private static Optional<StatusReason> cacheRegression(List<StepStatus> steps) {
        var rebuilt = steps.stream().filter(step -> !step.rebuilt().isEmpty()).toList();
        return rebuilt.isEmpty()
                ? Optional.empty()
                : Optional.of(new StatusReason(
                        Reason.CacheMissOnRerun,
                        rebuilt.stream()
                                .map(step -> step.name() + " ran " + String.join(", ", step.rebuilt()))
                                .collect(Collectors.joining("; "))));
    }
}
