package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.core.plan.Step;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Counts the pods of tasks, so that no more run at a time than the run, and the task's matrix, may have. */
final class ConcurrencyLimit {
    private final int most;
    private final Map<String, Integer> active = new HashMap<>();
    private final Set<String> taken = new HashSet<>();

    ConcurrencyLimit(RunFacts facts) {
        this.most = facts.limits().tasksAtOnce();
        for (Step step : facts.plan().steps()) {
            var ended = facts.recorded(step.name())
                    .map(status -> status.state().isFinal())
                    .orElse(false);
            if (step instanceof Step.Task task && !ended) {
                if (isActive(facts.observed(step.name()))) {
                    count(task);
                } else if (isStarting(facts, step)) {
                    taken.add(step.name());
                    count(task);
                }
            }
        }
    }

    /** Takes a turn for a leg; a sentence on why there is none left. */
    Optional<String> acquire(Step.Task task) {
        if (taken.contains(task.name())) {
            return Optional.empty();
        }
        var matrix = task.spec().matrix();
        var parallel = matrix == null ? null : matrix.maxParallel();
        if (parallel != null && active.getOrDefault(task.spec().name(), 0) >= parallel) {
            return Optional.of("waits for another leg: maxParallel of the matrix is " + parallel);
        }
        if (active.values().stream().mapToInt(Integer::intValue).sum() >= most) {
            return Optional.of("waits for another step: the run has as many pods of tasks as it may have");
        }
        count(task);
        return Optional.empty();
    }

    /** Its pod was to be created, and may be there although no watch has shown it yet. */
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
