package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Ends the other legs of a matrix that is to fail fast, once one of them has failed for good. */
final class FailFast {
    private final Map<String, String> failed = new HashMap<>();

    /** @param statuses as they are now, by step */
    FailFast(RunFacts facts, Map<String, StepStatus> statuses) {
        for (Step step : facts.plan().steps()) {
            var status = statuses.get(step.name());
            if (step instanceof Step.Task task
                    && status != null
                    && status.state() == State.Failed
                    && task.spec().matrix() != null
                    && task.spec().matrix().failFast()) {
                failed.putIfAbsent(task.spec().name(), step.name());
            }
        }
    }

    /** Why a step is not to go on. */
    Optional<StatusReason> reason(Step step) {
        return step instanceof Step.Task task
                ? Optional.ofNullable(failed.get(task.spec().name()))
                        .map(leg -> new StatusReason(Reason.FailFast, leg + " failed, and the matrix is to fail fast"))
                : Optional.empty();
    }
}
