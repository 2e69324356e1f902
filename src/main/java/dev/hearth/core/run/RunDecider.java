package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TestSummary;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Text;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides the status of each step of a run and the actions to take. A decision depends on the facts only: it is the same
 * when it is made twice, or again after a crash between two of its actions. A task may need a task that is listed after
 * it, so the status of a step is decided when it is first asked for.
 */
public final class RunDecider {
    /** Reasons of failures that would repeat: another pod would wait for the same node or the same quota. */
    private static final Set<Reason> PERMANENT = Set.of(Reason.Unschedulable, Reason.CreationRejected);

    private final RunFacts facts;
    private final Map<String, Step> steps = new LinkedHashMap<>();
    private final RunState state = new RunState();
    private final StepStarter starter;

    private RunDecider(RunFacts facts) {
        this.facts = facts;
        this.starter = new StepStarter(facts, state, new ConcurrencyLimit(facts));
        facts.plan().steps().forEach(step -> steps.put(step.name(), step));
    }

    public static RunDecision decide(RunFacts facts) {
        return new RunDecider(facts).decide();
    }

    private RunDecision decide() {
        steps.keySet().forEach(this::resolveStatus);
        cancelCellsThatFailFast();
        new ArtifactSweep(facts, state).choose();
        stopUnneededPods();
        if (steps.keySet().stream().anyMatch(step -> !state.status(step).state().isFinal())) {
            state.checkAt(facts.deadline());
        }
        return state.decision(facts.plan().steps());
    }

    private StepStatus resolveStatus(String name) {
        var known = state.find(name);
        if (known.isPresent()) {
            return known.get();
        }
        var step = steps.get(name);
        if (step == null) {
            throw new IllegalArgumentException("the plan has no step " + name);
        }
        var status = facts.recorded(name).filter(it -> it.state().isFinal()).orElseGet(() -> decide(step));
        state.set(status);
        return status;
    }

    private StepStatus decide(Step step) {
        var factory = StepStatusFactory.of(facts, step, recorded(step));
        var cells = facts.matrices().get(step.name());
        if (step instanceof Step.MatrixReader && cells != null) {
            return factory.succeededWithoutPod(facts.now(), matrixSize(cells.size()));
        }
        return switch (facts.observed(step.name())) {
            case Observation.Done done -> factory.succeeded(done, ArtifactFinder.produced(facts, step, done));
            case Observation.Broken broken ->
                retry(factory, broken.fault(), broken.why(), broken.kept().tests())
                        .orElseGet(() -> factory.failed(broken));
            case Observation.Running running -> interrupted(factory).orElseGet(() -> run(factory, running));
            case Observation.Reading reading ->
                interrupted(factory).orElseGet(() -> {
                    state.checkAt(reading.nextCheck());
                    return factory.running(reading.since(), reading.message());
                });
            case Observation.Unknown unknown -> interrupted(factory).orElseGet(() -> unchanged(factory, unknown));
            case Observation.Waiting waiting -> interrupted(factory).orElseGet(() -> wait(factory, waiting));
            case Observation.Listed listed -> interrupted(factory).orElseGet(() -> addMatrix(factory, listed));
            case Observation.Reusable reusable -> interrupted(factory).orElseGet(() -> reuse(factory, reusable));
            case Observation.Absent _ -> interrupted(factory).orElseGet(() -> begin(step, factory));
        };
    }

    private @Nullable StepStatus recorded(Step step) {
        return facts.recorded(step.name()).orElse(null);
    }

    private StepStatus unchanged(StepStatusFactory factory, Observation.Unknown unknown) {
        state.checkAt(unknown.nextCheck());
        return facts.recorded(factory.step().name())
                .filter(status -> status.state() == State.Running)
                .map(status -> {
                    var since = Instant.parse(Objects.requireNonNull(status.startedAt()));
                    return StepStatusFactory.whyLeaving(status)
                            .map(why -> factory.running(since, why))
                            .orElseGet(() -> factory.running(since, unknown.message()));
                })
                .orElseGet(() -> factory.pending(Reason.ObservationFailed, unknown.message()));
    }

    /** Returns the status of a step that the user or the run's timeout ends. Empty if neither does. */
    private Optional<StepStatus> interrupted(StepStatusFactory factory) {
        var recorded = recorded(factory.step());
        if (facts.cancellation().isPresent()) {
            return Optional.of(factory.cancelled(facts.cancellation().get(), recorded, facts.now()));
        }
        if (facts.overdue()) {
            var why = new StatusReason(
                    Reason.RunTimedOut, "the run reached spec.timeout of its pipeline before this step finished");
            return Optional.of(factory.failed(why, Failure.Timeout, recorded, facts.now()));
        }
        return Optional.empty();
    }

    /** Returns the next attempt of a step that failed before its tests were read. */
    private Optional<StepStatus> retry(StepStatusFactory factory, Failure fault, StatusReason why) {
        return retry(factory, fault, why, null);
    }

    /**
     * Returns the status of a failed step that gets another attempt. Empty if it does not. The next pod is created once this
     * status is recorded.
     */
    private Optional<StepStatus> retry(
            StepStatusFactory factory, Failure fault, StatusReason why, @Nullable TestSummary tests) {
        if (facts.cancellation().isPresent() || facts.overdue() || !mayRetry(factory, fault, why.reason())) {
            return Optional.empty();
        }
        state.checkAt(facts.now());
        return Optional.of(factory.retry(fault, tests)
                .pending(
                        Reason.Retrying,
                        "attempt " + factory.attempt() + " failed (" + why.reason() + "): "
                                + Text.abbreviateStart(why.message(), StepStatusFactory.MAX_QUOTE)));
    }

    /**
     * Failures of the infrastructure and of the step have separate budgets: a cluster that loses nodes does not use up the
     * retries of a flaky test.
     */
    private boolean mayRetry(StepStatusFactory factory, Failure fault, Reason reason) {
        int lost = factory.infrastructureFailures();
        int failed = factory.attempt() - 1 - lost;
        return switch (fault) {
            case Infrastructure -> lost < facts.limits().infrastructureRetries() && !PERMANENT.contains(reason);
            case Setup -> false;
            case Command, Service, Timeout, OutOfMemory ->
                factory.step() instanceof Step.Task task && failed < task.spec().retries();
        };
    }

    private StepStatus run(StepStatusFactory factory, Observation.Running running) {
        running.until().ifPresent(until -> {
            if (facts.now().isBefore(until)) {
                state.checkAt(until);
            } else {
                state.add(new Action.ExpirePod(Names.pod(facts.run(), factory.step(), factory.attempt())));
            }
        });
        return running.leaving()
                .map(why -> factory.running(running.since(), why))
                .orElseGet(() -> factory.running(running.since()));
    }

    private StepStatus wait(StepStatusFactory factory, Observation.Waiting waiting) {
        var limit = waiting.patience();
        if (limit.isPresent() && !facts.now().isBefore(limit.get())) {
            var why = new StatusReason(waiting.reason(), waiting.message());
            return retry(factory, waiting.fault(), why)
                    .orElseGet(() -> factory.failed(why, waiting.fault(), facts.now()));
        }
        limit.ifPresent(state::checkAt);
        if (waiting.reason() == Reason.Unschedulable) {
            state.needRoom(Names.pod(facts.run(), factory.step(), factory.attempt()));
        }
        return factory.pending(waiting.reason(), waiting.message());
    }

    /** The reader stays running until its cells are a part of the plan, since steps that need the task wait for it. */
    private StepStatus addMatrix(StepStatusFactory factory, Observation.Listed listed) {
        var limit = new MatrixSizeLimit(facts.plan(), facts.matrices(), state.matrices());
        var rejection = limit.check(factory.step().name(), listed.cells());
        if (rejection.isPresent()) {
            return factory.failed(new Observation.Broken(
                    facts.recorded(factory.step().name())
                            .map(StepStatus::startedAt)
                            .map(Instant::parse),
                    listed.at(),
                    Optional.empty(),
                    rejection.get(),
                    Failure.Command,
                    StepOutputs.NOTHING));
        }
        state.addMatrix(factory.step().name(), listed.cells());
        state.checkAt(facts.now());
        return factory.running(listed.at(), matrixSize(listed.cells().size()));
    }

    private static String matrixSize(int cells) {
        return "the matrix has " + (cells == 1 ? "1 cell" : cells + " cells");
    }

    private StepStatus reuse(StepStatusFactory factory, Observation.Reusable reusable) {
        if (reusable.kept()) {
            return factory.reused(reusable.artifact(), facts.now());
        }
        state.checkAt(facts.now()); // the artifact stays once the status names it
        return factory.reusing(reusable.artifact());
    }

    private StepStatus begin(Step step, StepStatusFactory factory) {
        if (isPodLost(step)) {
            var why = facts.recorded(step.name())
                    .flatMap(StepStatusFactory::whyLeaving)
                    .orElseGet(() -> new StatusReason(
                            Reason.PodLost,
                            "the pod of this step no longer exists: its node was lost, or it was deleted"));
            return retry(factory, Failure.Infrastructure, why)
                    .orElseGet(() -> factory.failed(why, Failure.Infrastructure, recorded(step), facts.now()));
        }
        // Ends the recursion in a dependency cycle, which the validation of the pipeline rejects.
        state.set(factory.pending(Reason.WaitingForDependencies, "waiting for other steps"));
        var needs = step.needs().stream().map(this::resolveStatus).toList();
        var missing = needs.stream()
                .filter(need -> need.state().isFinal() && !need.passed())
                .findFirst();
        if (missing.isPresent()) {
            var result = missing.get().state().name().toLowerCase(Locale.ROOT);
            var why = new StatusReason(
                    Reason.DependencyFailed, "needs " + missing.get().name() + ", which is " + result);
            return factory.skipped(why, facts.now());
        }
        var open = needs.stream()
                .filter(need -> !need.state().isFinal())
                .map(StepStatus::name)
                .toList();
        return open.isEmpty()
                ? starter.start(step, factory)
                : factory.pending(Reason.WaitingForDependencies, "waiting for " + StepStatusFactory.list(open));
    }

    /** Whether the pod of a step existed and no longer does. The builds of a platform lose their pod together. */
    private boolean isPodLost(Step step) {
        return switch (step) {
            case Step.Build build ->
                facts.plan().buildsFor(build.platform()).stream()
                        .flatMap(other -> facts.recorded(other.name()).stream())
                        .anyMatch(other -> other.attempt() == facts.attempt(build) && other.startedAt() != null);
            case Step.Task _, Step.MatrixReader _, Step.ArtifactUpload _, Step.Index _ ->
                facts.recorded(step.name())
                        // An earlier version published images without a pod.
                        .filter(status -> status.state() == State.Running && status.pod() != null)
                        .isPresent();
        };
    }

    /** Cancels the other cells of a fail-fast matrix of which a cell has failed for good. */
    private void cancelCellsThatFailFast() {
        var failed = new HashMap<String, String>();
        for (Step step : steps.values()) {
            if (step instanceof Step.Task task && failsFast(task) && hasFailed(task)) {
                failed.putIfAbsent(task.spec().name(), task.name());
            }
        }
        for (Step step : steps.values()) {
            if (step instanceof Step.Task task
                    && failed.containsKey(task.spec().name())
                    && !state.status(task.name()).state().isFinal()) {
                var recorded = recorded(task);
                var why = new StatusReason(
                        Reason.FailFast,
                        failed.get(task.spec().name()) + " failed, and failFast of the matrix is true");
                state.set(StepStatusFactory.of(facts, task, recorded).cancelled(why, recorded, facts.now()));
                state.removeStart(task);
                state.checkAt(facts.now()); // steps that need this one were decided before
            }
        }
    }

    private static boolean failsFast(Step.Task task) {
        var matrix = task.spec().matrix();
        return matrix != null && matrix.failFast();
    }

    private boolean hasFailed(Step.Task task) {
        return state.status(task.name()).state() == State.Failed;
    }

    /** Stops each pod of which all steps have finished, for whatever reason. */
    private void stopUnneededPods() {
        var needed = new LinkedHashSet<String>();
        for (Step step : steps.values()) {
            var status = state.status(step.name());
            if (!status.state().isFinal()) {
                needed.add(Names.pod(facts.run(), step, status.attempt()));
            }
        }
        facts.alive().stream()
                .filter(pod -> !needed.contains(pod))
                .sorted()
                .map(Action.StopPod::new)
                .forEach(state::add);
    }
}
