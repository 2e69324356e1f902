package dev.hearth.core.trigger;

import dev.hearth.api.Comparison;
import dev.hearth.api.Trust;
import dev.hearth.core.status.StatusReason;
import org.jspecify.annotations.Nullable;

/** Whether a run is skipped before it starts. */
public sealed interface SkipDecision {
    /** It is run. */
    record Run() implements SkipDecision {}

    /** It waits until more is known, or for a change of its pull request. */
    record Wait(StatusReason why) implements SkipDecision {}

    /** It never starts. */
    record Refuse(StatusReason why) implements SkipDecision {}

    /**
     * It is skipped.
     *
     * @param trust of its ref
     * @param comparedWith what its files were compared with; null if another rule skips it
     */
    record Skip(StatusReason why, Trust trust, @Nullable Comparison comparedWith) implements SkipDecision {}
}
