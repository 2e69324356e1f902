package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.core.plan.Step;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a step that failed is tried again. What the infrastructure lost and what failed by itself have budgets of their
 * own: a cluster that loses nodes does not use up what is meant for a test that fails now and then.
 */
final class RetryRule {
    /** Another pod would wait for the same node, or for the same quota. */
    private static final Set<Reason> LASTING = Set.of(Reason.Unschedulable, Reason.CreationRejected);

    private RetryRule() {}

    static boolean isAllowed(
            Step step, Optional<StepStatus> before, Failure fault, Reason reason, int infrastructureRetries) {
        int lost = before.map(StepStatus::infrastructureFailures).orElse(0);
        int failed = before.map(StepStatus::attempt).orElse(1) - 1 - lost;
        return switch (fault) {
            case Infrastructure -> lost < infrastructureRetries && !LASTING.contains(reason);
            case Setup -> false;
            case Command, Service, Timeout, OutOfMemory ->
                step instanceof Step.Task task && failed < task.spec().retries();
        };
    }
}
