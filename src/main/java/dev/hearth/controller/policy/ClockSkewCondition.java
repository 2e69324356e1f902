package dev.hearth.controller.policy;

import dev.hearth.api.ConditionType;
import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.time.Duration;
import java.util.Optional;

/** What an admin is told of an operator's clock that is wrong. */
final class ClockSkewCondition {
    static final ConditionType CONDITION = ConditionType.ClockSkewed;
    private static final Duration TOLERATED = Duration.ofMinutes(5);

    private ClockSkewCondition() {}

    /** Rounded, so that it is the same for as long as the clock is equally wrong. */
    static Optional<StatusReason> of(Duration ahead) {
        if (ahead.abs().compareTo(TOLERATED) <= 0) {
            return Optional.empty();
        }
        var minutes = Math.round(ahead.abs().toSeconds() / 60.0);
        var amount = minutes < 120 ? minutes + " minutes" : minutes / 60 + " hours";
        return Optional.of(new StatusReason(
                Reason.ClockSkewed,
                "the operator's clock is " + amount + (ahead.isNegative() ? " behind" : " ahead of")
                        + " the API server's: set the time of their nodes. Until then the earlier of the two counts, so that"
                        + " nothing is deleted early"));
    }
}
