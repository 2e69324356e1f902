package dev.hearth.core.forge;

import java.time.Duration;
import java.time.Instant;

/**
 * How many statuses of steps a pipeline may still write. Forges limit how much is written, GitHub to 80 requests a minute that
 * create something: steps leave more than half of that to the statuses that tell the result.
 *
 * @param until when there is another allowance
 */
public record StepAllowance(int left, Instant until) {
    private static final int MOST = 30;

    private static final Duration EVERY = Duration.ofMinutes(1);

    public static final StepAllowance FIRST = new StepAllowance(MOST, Instant.MIN);

    /** Returns the allowance at a time. */
    public StepAllowance at(Instant now) {
        return now.isBefore(until) ? this : new StepAllowance(MOST, now.plus(EVERY));
    }

    /** Returns what is left after some statuses were written. */
    public StepAllowance minus(int written) {
        return new StepAllowance(Math.max(0, left - written), until);
    }
}
