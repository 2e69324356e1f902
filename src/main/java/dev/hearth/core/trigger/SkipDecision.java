package dev.hearth.core.trigger;

import dev.hearth.api.Comparison;
import dev.hearth.core.status.StatusReason;
import org.jspecify.annotations.Nullable;

/** Whether a run is skipped before it starts. */
public sealed interface SkipDecision {
    /** It is run. */
    record Run() implements SkipDecision {}

    /** It waits until more is known, or until its pull request is to run. */
    record Wait(StatusReason why) implements SkipDecision {}

    /** It is skipped. {@code comparedWith} is what its files were compared with. */
    record Skip(StatusReason why, @Nullable Comparison comparedWith) implements SkipDecision {
        public static Skip because(StatusReason why) {
            return new Skip(why, null);
        }
    }
}
