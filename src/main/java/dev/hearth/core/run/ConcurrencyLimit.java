package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.core.plan.Step;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Limits how many pods of tasks a run, and each matrix of it, has at a time. */
final class ConcurrencyLimit {
    private final int max;
    private final Map<String, Integer> active = new HashMap<>();
    /** Names of the steps that have a slot already. */
    private final Set<String> starting = new HashSet<>();

    ConcurrencyLimit(RunFacts facts) {
        this.max = facts.limits().tasksAtOnce();
        for (Step step : facts.plan().steps()) {
            var ended = facts.recorded(step.name())
                    .map(status -> status.state().isFinal())
                    .orElse(false);
            if (step instanceof Step.Task task && !ended) {
                if (isActive(facts.observed(step.name()))) {
                    count(task);
                } else if (isStarting(facts, step)) {
                    starting.add(step.name());
                    count(task);
                }
            }
        }
    }

    /** Acquires a slot for a task. Returns the limit that is reached, or empty if there was a slot. */
    Optional<String> acquire(Step.Task task) {
        if (starting.contains(task.name())) {
            return Optional.empty();
        }
        var matrix = task.spec().matrix();
        var parallel = matrix == null ? null : matrix.maxParallel();
        if (parallel != null && active.getOrDefault(task.spec().name(), 0) >= parallel) {
            return Optional.of("waiting for another cell of the matrix: maxParallel is " + parallel);
        }
        if (active.values().stream().mapToInt(Integer::intValue).sum() >= max) {
            return Optional.of(
                    "waiting for other tasks: the run has " + max + " pods of tasks, and may have no more at a time");
        }
        count(task);
        return Optional.empty();
    }

    /** Whether a pod was created that the watch may not have shown yet. */
    private static boolean isStarting(RunFacts facts, Step step) {
        return facts.observed(step.name()) instanceof Observation.Absent
                && facts.recorded(step.name())
                        .filter(status -> status.has(Reason.Starting))
                        .isPresent();
    }

    private void count(Step.Task task) {
        active.merge(task.spec().name(), 1, Integer::sum);
    }

    private static boolean isActive(Observation seen) {
        return switch (seen) {
            case Observation.Waiting _, Observation.Running _, Observation.Reading _, Observation.Unknown _ -> true;
            case Observation.Absent _,
                    Observation.Done _,
                    Observation.Broken _,
                    Observation.Listed _,
                    Observation.Reusable _ -> false;
        };
    }
}
