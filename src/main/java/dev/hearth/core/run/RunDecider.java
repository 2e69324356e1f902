package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TestSummary;
import dev.hearth.core.isolation.UserNamespaceUse;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides a run. Looks at the whole state, remembers nothing between decisions: it may be asked at any moment, twice, or
 * after a crash between any two of the actions that it gave. A task may need one that is listed after it, so states are
 * found on demand.
 */
public final class RunDecider {
    private final RunFacts facts;
    private final ConcurrencyLimit turns;
    private final Map<String, Step> steps = new LinkedHashMap<>();
    private final SequencedMap<String, StepStatus> decided = new LinkedHashMap<>();
    private final SequencedSet<Action> actions = new LinkedHashSet<>();
    private final Map<String, List<Map<String, String>>> matrices = new HashMap<>();
    private final SequencedSet<UserNamespaceUse> users = new LinkedHashSet<>();
    private final List<Instant> patience = new ArrayList<>();

    private RunDecider(RunFacts facts) {
        this.facts = facts;
        this.turns = new ConcurrencyLimit(facts);
        facts.plan().steps().forEach(step -> steps.put(step.name(), step));
    }

    public static RunDecision decide(RunFacts facts) {
        return new RunDecider(facts).decide();
    }

    private RunDecision decide() {
        steps.keySet().forEach(this::resolveStatus);
        failFast();
        stopWhatIsOver();
        var statuses = steps.keySet().stream().map(this::resolveStatus).toList();
        if (statuses.stream().anyMatch(status -> !status.state().isFinal())) {
            patience.add(facts.deadline());
        }
        return new RunDecision(
                statuses,
                List.copyOf(actions),
                matrices,
                List.copyOf(users),
                patience.stream().min(Instant::compareTo));
    }

    private StepStatus resolveStatus(String name) {
        var known = decided.get(name);
        if (known != null) {
            return known;
        }
        var step = steps.get(name);
        if (step == null) {
            throw new IllegalArgumentException("no step is called " + name);
        }
        var before = facts.recorded(name);
        var status = before.filter(it -> it.state().isFinal()).orElseGet(() -> decide(step, before));
        decided.put(name, status);
        return status;
    }

    private StepStatus decide(Step step, Optional<StepStatus> before) {
        var outcome = StepStatusFactory.of(facts.run(), step, before);
        var known = facts.matrices().get(step.name());
        if (step instanceof Step.MatrixReader && known != null) {
            return outcome.made(facts.now(), StatusText.legs(known.size()));
        }
        return switch (facts.observed(step.name())) {
            case Observation.Done done -> outcome.succeeded(done, ArtifactLocations.left(facts, step, done));
            case Observation.Broken broken ->
                retry(
                                outcome,
                                before,
                                broken.fault(),
                                broken.why(),
                                broken.kept().tests())
                        .orElseGet(() -> outcome.failed(broken));
            case Observation.Running running -> interrupted(outcome, before).orElseGet(() -> run(outcome, running));
            case Observation.Reading reading ->
                interrupted(outcome, before).orElseGet(() -> {
                    patience.add(reading.lookAgain());
                    return outcome.running(reading.since(), reading.message());
                });
            case Observation.Unknown unknown ->
                interrupted(outcome, before).orElseGet(() -> unchanged(outcome, unknown, before));
            case Observation.Waiting waiting ->
                interrupted(outcome, before).orElseGet(() -> wait(outcome, waiting, before));
            case Observation.Listed listed -> interrupted(outcome, before).orElseGet(() -> list(outcome, listed));
            case Observation.Reusable reusable ->
                interrupted(outcome, before).orElseGet(() -> reuse(outcome, reusable));
            case Observation.Absent _ -> interrupted(outcome, before).orElseGet(() -> begin(step, outcome, before));
        };
    }

    private StepStatus unchanged(StepStatusFactory outcome, Observation.Unknown unknown, Optional<StepStatus> before) {
        patience.add(unknown.lookAgain());
        return before.filter(status -> status.state() == State.Running)
                .map(status -> {
                    var since = Instant.parse(Objects.requireNonNull(status.startedAt()));
                    var leaving = StepStatusFactory.whyLeaving(status);
                    return leaving.isPresent()
                            ? outcome.running(since, leaving)
                            : outcome.running(since, unknown.message());
                })
                .orElseGet(() -> outcome.pending(Reason.ObservationFailed, unknown.message()));
    }

    /** What ends a step from outside: the user's wish, or the run's time. */
    private Optional<StepStatus> interrupted(StepStatusFactory outcome, Optional<StepStatus> before) {
        if (facts.cancelRequested()) {
            var why = new StatusReason(Reason.Cancelled, "spec.cancel of the run was set");
            return Optional.of(outcome.ended(State.Cancelled, why, null, before, facts.now()));
        }
        if (facts.overdue()) {
            var why = new StatusReason(
                    Reason.RunTimedOut, "the run reached spec.timeout of its pipeline before this step ended");
            return Optional.of(outcome.ended(State.Failed, why, Failure.Timeout, before, facts.now()));
        }
        return Optional.empty();
    }

    /** A step that failed, to be tried once more; its next pod is created once this is recorded. */
    private Optional<StepStatus> retry(
            StepStatusFactory outcome,
            Optional<StepStatus> before,
            Failure fault,
            StatusReason why,
            @Nullable TestSummary tests) {
        if (facts.cancelRequested()
                || facts.overdue()
                || !RetryRule.isAllowed(
                        outcome.step(),
                        before,
                        fault,
                        why.reason(),
                        facts.limits().infrastructureRetries())) {
            return Optional.empty();
        }
        patience.add(facts.now());
        return Optional.of(outcome.retry(fault, tests)
                .pending(
                        Reason.Retrying,
                        "attempt " + outcome.attempts() + " failed (" + why.reason() + "): "
                                + StatusText.lastPart(why.message())));
    }

    private StepStatus run(StepStatusFactory outcome, Observation.Running running) {
        running.until().ifPresent(until -> {
            if (facts.now().isBefore(until)) {
                patience.add(until);
            } else {
                StepPodName.name(facts.run(), outcome.step(), outcome.attempts())
                        .map(Action.ExpirePod::new)
                        .ifPresent(actions::add);
            }
        });
        return outcome.running(running.since(), running.leaving());
    }

    private StepStatus wait(StepStatusFactory outcome, Observation.Waiting waiting, Optional<StepStatus> before) {
        var limit = waiting.patience();
        if (limit.isPresent() && !facts.now().isBefore(limit.get())) {
            var why = new StatusReason(waiting.reason(), waiting.message());
            return retry(outcome, before, waiting.fault(), why, null)
                    .orElseGet(() -> outcome.ended(State.Failed, why, waiting.fault(), Optional.empty(), facts.now()));
        }
        limit.ifPresent(patience::add);
        return outcome.pending(waiting.reason(), waiting.message());
    }

    /** Ended only once its legs are a part of the plan: until then what needs them has to wait for it. */
    private StepStatus list(StepStatusFactory outcome, Observation.Listed listed) {
        var room = new MatrixSizeLimit(facts.plan(), facts.matrices(), matrices);
        var refusal = room.refusal(outcome.step().name(), listed.legs());
        if (refusal.isPresent()) {
            return outcome.failed(new Observation.Broken(
                    facts.recorded(outcome.step().name())
                            .map(StepStatus::startedAt)
                            .map(Instant::parse),
                    listed.at(),
                    Optional.empty(),
                    refusal.get(),
                    Failure.Command,
                    StepOutputs.NOTHING));
        }
        matrices.put(outcome.step().name(), listed.legs());
        patience.add(facts.now());
        return outcome.running(listed.at(), StatusText.legs(listed.legs().size()));
    }

    private StepStatus reuse(StepStatusFactory outcome, Observation.Reusable reusable) {
        if (reusable.shared()) {
            return outcome.reused(reusable.artifact(), facts.now());
        }
        actions.add(new Action.ShareArtifact(reusable.artifact()));
        return outcome.pending(
                Reason.ReusingArtifact,
                "takes the files of run " + reusable.artifact().reusedFrom());
    }

    private StepStatus begin(Step step, StepStatusFactory outcome, Optional<StepStatus> before) {
        if (isLost(step, before)) {
            var why = before.flatMap(StepStatusFactory::whyLeaving)
                    .orElseGet(() -> new StatusReason(
                            Reason.PodLost, "the pod of this step is gone: its node was lost, or somebody deleted it"));
            return retry(outcome, before, Failure.Infrastructure, why, null)
                    .orElseGet(() -> outcome.ended(State.Failed, why, Failure.Infrastructure, before, facts.now()));
        }
        // A circle, which the pipeline's check refuses, would wait for itself here instead of recursing.
        decided.put(step.name(), outcome.pending(Reason.WaitingForDependencies, "waits for what it needs"));
        var needs = step.needs().stream().map(this::resolveStatus).toList();
        var missing = needs.stream()
                .filter(need -> need.state().isFinal() && !need.passed())
                .findFirst();
        if (missing.isPresent()) {
            var word = missing.get().state().name().toLowerCase(Locale.ROOT);
            var why = new StatusReason(
                    Reason.DependencyFailed, "needs " + missing.get().name() + ", which is " + word);
            return outcome.ended(State.Skipped, why, null, Optional.empty(), facts.now());
        }
        var open = needs.stream()
                .filter(need -> !need.state().isFinal())
                .map(StepStatus::name)
                .toList();
        return open.isEmpty()
                ? new StepStarter(facts, turns, this::resolveStatus, actions::add, users::add).start(step, outcome)
                : outcome.pending(Reason.WaitingForDependencies, StatusText.listed("waits for ", open));
    }

    /** Whether its pod has been there: that of a platform's builds is lost to all of them, whichever had begun. */
    private boolean isLost(Step step, Optional<StepStatus> before) {
        return switch (step) {
            case Step.Build build ->
                facts.plan().buildsFor(build.platform()).stream()
                        .flatMap(other -> facts.recorded(other.name()).stream())
                        .anyMatch(other -> other.attempt() == facts.attempt(build) && other.startedAt() != null);
            case Step.Task _, Step.MatrixReader _, Step.ArtifactUpload _ ->
                before.filter(status -> status.state() == State.Running).isPresent();
            case Step.Index _ -> false;
        };
    }

    private void failFast() {
        var ending = new FailFast(facts, decided);
        for (Step step : steps.values()) {
            var status = resolveStatus(step.name());
            var why = ending.reason(step);
            if (why.isPresent() && !status.state().isFinal()) {
                var outcome = StepStatusFactory.of(facts.run(), step, facts.recorded(step.name()));
                decided.put(
                        step.name(),
                        outcome.ended(State.Cancelled, why.get(), null, facts.recorded(step.name()), facts.now()));
                actions.removeIf(action ->
                        action instanceof Action.StartTask start && start.task().equals(step));
                patience.add(facts.now()); // what needs it was decided before
            }
        }
    }

    /** A pod ends once no step can learn anything from it, whoever decided so and whenever. */
    private void stopWhatIsOver() {
        var wanted = new LinkedHashSet<String>();
        for (Step step : steps.values()) {
            var status = resolveStatus(step.name());
            if (!status.state().isFinal()) {
                StepPodName.name(facts.run(), step, status.attempt()).ifPresent(wanted::add);
            }
        }
        facts.alive().stream()
                .filter(pod -> !wanted.contains(pod))
                .sorted()
                .map(Action.StopPod::new)
                .forEach(actions::add);
    }
}
