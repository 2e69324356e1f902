package dev.hearth.core.forge;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.trigger.SkipRules;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a run says about its commit.
 *
 * @param trusted whether its ref is trusted
 * @param started whether it has started: one that waits for its turn or an approval says nothing of the commit yet
 * @param superseded whether it was cancelled since its ref has moved on
 * @param steps what its steps show; none if steps have no status of their own
 * @param digest of what its approval would be for; empty if it waits for none
 * @param reported the status that the forge showed when it was last reported for the finished run
 */
@BuiltCompletely
public record RunOutcome(
        String name,
        String ref,
        String commit,
        boolean trusted,
        boolean started,
        boolean superseded,
        Instant createdAt,
        Optional<Instant> finishedAt,
        CommitStatus status,
        List<StepResult> steps,
        Optional<String> digest,
        Optional<String> reported)
        implements RunOutcomeBuilder.With {
    public RunOutcome {
        steps = List.copyOf(steps);
    }

    /** Returns the state of a commit for the status of its run. */
    public static State state(PipelineRunStatus status) {
        return switch (Objects.requireNonNullElse(status.phase(), Phase.Pending)) {
            case Pending -> pending(status);
            case Running -> State.Running;
            case Succeeded, Skipped -> State.Success;
            case Failed -> State.Failure;
            case Cancelled -> State.Cancelled;
        };
    }

    private static State pending(PipelineRunStatus status) {
        if (SkipRules.isSkippedForNow(status)) {
            return State.Skipped;
        }
        return status.approval() == null ? State.Waiting : State.NeedsApproval;
    }
}
