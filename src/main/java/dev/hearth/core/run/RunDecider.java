package dev.hearth.core.run;

import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.core.cache.CacheMount;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.plan.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * Decides a run. Looks at the whole state, remembers nothing between decisions: it may be asked at any moment, twice, or
 * after a crash between any two of the actions that it gave. A task may need one that is listed after it, so states are
 * found on demand.
 */
public final class RunDecider {
    private final RunFacts facts;
    private final Map<String, Step> steps = new LinkedHashMap<>();
    private final SequencedMap<String, StepStatus> decided = new LinkedHashMap<>();
    private final SequencedSet<Action> actions = new LinkedHashSet<>();
    private final List<Instant> patience = new ArrayList<>();

    private RunDecider(RunFacts facts) {
        this.facts = facts;
        facts.plan().steps().forEach(step -> steps.put(step.name(), step));
    }

    public static Decision decide(RunFacts facts) {
        return new RunDecider(facts).decide();
    }

    private Decision decide() {
        var statuses = steps.keySet().stream().map(this::statusOf).toList();
        stopWhatIsOver();
        if (statuses.stream().anyMatch(status -> !status.state().isFinal())) {
            patience.add(facts.deadline());
        }
        return new Decision(statuses, List.copyOf(actions), patience.stream().min(Instant::compareTo));
    }

    private StepStatus statusOf(String name) {
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
        var outcome = new Outcome(facts.run(), step);
        return switch (facts.observed(step.name())) {
            case Observation.Done done -> outcome.succeeded(done);
            case Observation.Broken broken -> outcome.failed(broken);
            case Observation.Running running ->
                interrupted(outcome, before).orElseGet(() -> outcome.running(running.since()));
            case Observation.Waiting waiting -> interrupted(outcome, before).orElseGet(() -> wait(outcome, waiting));
            case Observation.Absent _ -> interrupted(outcome, before).orElseGet(() -> begin(step, outcome, before));
        };
    }

    /** What ends a step from outside: the user's wish, or the run's time. */
    private Optional<StepStatus> interrupted(Outcome outcome, Optional<StepStatus> before) {
        if (facts.cancelRequested()) {
            var why = new Finding("Cancelled", "spec.cancel of the run was set");
            return Optional.of(outcome.ended(State.Cancelled, why, before, facts.now()));
        }
        if (facts.overdue()) {
            var why = new Finding("RunTimedOut", "the run reached spec.timeout of its pipeline before this step ended");
            return Optional.of(outcome.ended(State.Failed, why, before, facts.now()));
        }
        return Optional.empty();
    }

    private StepStatus wait(Outcome outcome, Observation.Waiting waiting) {
        var limit = waiting.patience();
        if (limit.isPresent() && !facts.now().isBefore(limit.get())) {
            return outcome.ended(
                    State.Failed, new Finding(waiting.reason(), waiting.message()), Optional.empty(), facts.now());
        }
        limit.ifPresent(patience::add);
        return outcome.pending(waiting.reason(), waiting.message());
    }

    private StepStatus begin(Step step, Outcome outcome, Optional<StepStatus> before) {
        if (before.map(StepStatus::state).filter(State.Running::equals).isPresent() && !(step instanceof Step.Index)) {
            var why = new Finding("PodLost", "the pod of this step is gone: its node was lost, or somebody deleted it");
            return outcome.ended(State.Failed, why, before, facts.now());
        }
        // A circle, which the pipeline's check refuses, would wait for itself here instead of recursing.
        decided.put(step.name(), outcome.pending("WaitingForNeeds", "waits for what it needs"));
        var needs = step.needs().stream().map(this::statusOf).toList();
        var missing = needs.stream()
                .filter(need -> need.state().isFinal() && need.state() != State.Succeeded)
                .findFirst();
        if (missing.isPresent()) {
            var word = missing.get().state().name().toLowerCase(java.util.Locale.ROOT);
            var why = new Finding("NeedNotMet", "needs " + missing.get().name() + ", which is " + word);
            return outcome.ended(State.Skipped, why, Optional.empty(), facts.now());
        }
        var open = needs.stream()
                .filter(need -> !need.state().isFinal())
                .map(StepStatus::name)
                .toList();
        if (!open.isEmpty()) {
            return outcome.pending("WaitingForNeeds", "waits for " + String.join(", ", open));
        }
        return switch (step) {
            case Step.Build build -> beginBuild(build, outcome);
            case Step.Task task -> {
                actions.add(new Action.StartTask(task));
                yield outcome.pending("Starting", "its pod is being created");
            }
            case Step.Index index -> {
                actions.add(new Action.PublishIndex(index, digests(index)));
                yield outcome.running(facts.now());
            }
        };
    }

    private StepStatus beginBuild(Step.Build build, Outcome outcome) {
        var volume = facts.volumes()
                .getOrDefault(
                        build.platform(),
                        new VolumeState.Awaited(new Finding("PreparingVolume", "the cache volume is being prepared")));
        return switch (volume) {
            case VolumeState.Granted(CacheMount cache) -> {
                actions.add(new Action.StartBuilds(
                        build.platform(), cache, facts.plan().buildsFor(build.platform())));
                yield outcome.pending("Starting", "its pod is being created");
            }
            case VolumeState.Awaited(Finding why) -> outcome.pending(why.reason(), why.message());
            case VolumeState.Refused(Finding why) -> outcome.ended(State.Failed, why, Optional.empty(), facts.now());
        };
    }

    private Map<String, String> digests(Step.Index index) {
        var digests = new LinkedHashMap<String, String>();
        facts.plan()
                .builds()
                .filter(build -> index.needs().contains(build.name()))
                .forEach(build -> {
                    var digest = statusOf(build.name()).digest();
                    if (digest != null) {
                        digests.put(build.platform(), digest);
                    }
                });
        return digests;
    }

    /** A pod is ended once none of its steps can learn anything from it, whoever decided so and whenever. */
    private void stopWhatIsOver() {
        var pods = new LinkedHashMap<String, Boolean>();
        for (Step step : steps.values()) {
            var over = statusOf(step.name()).state().isFinal();
            Outcome.podName(facts.run(), step).ifPresent(pod -> pods.merge(pod, over, Boolean::logicalAnd));
        }
        for (Step step : steps.values()) {
            var active = switch (facts.observed(step.name())) {
                case Observation.Running _, Observation.Waiting _ -> true;
                case Observation.Absent _, Observation.Done _, Observation.Broken _ -> false;
            };
            Outcome.podName(facts.run(), step)
                    .filter(pod -> active && Boolean.TRUE.equals(pods.get(pod)))
                    .map(Action.Stop::new)
                    .ifPresent(actions::add);
        }
    }
}
