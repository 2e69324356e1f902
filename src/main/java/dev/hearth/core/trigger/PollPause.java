package dev.hearth.core.trigger;

import java.time.Duration;

/**
 * Decides the time until a repository's refs are listed again.
 *
 * @param poll interval of the pipeline's spec
 */
public record PollPause(Duration poll) {
    private static final Duration MIN = Duration.ofSeconds(5);
    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final Duration OUTAGE = Duration.ofMinutes(1);
    private static final Duration TOO_LARGE = Duration.ofMinutes(10);
    private static final int MAX_DOUBLINGS = 10;

    public PollPause {
        poll = longer(MIN, poll);
    }

    /**
     * Returns the pause after failures. It is short at first, and doubles with each failure up to the spec's interval.
     *
     * @param failures number of consecutive failures
     */
    public Duration after(int failures) {
        if (failures == 0) {
            return poll;
        }
        var retry = RETRY.multipliedBy(1L << Math.min(failures - 1, MAX_DOUBLINGS));
        return retry.compareTo(poll) < 0 ? retry : poll;
    }

    /** Returns the pause after a server could not be reached: the interval of the spec, but at most a minute. */
    public Duration afterOutage() {
        return OUTAGE.compareTo(poll) < 0 ? OUTAGE : poll;
    }

    /** Returns the pause after a repository sent too much. It would do so again, and delay other repositories. */
    public Duration afterTooMuch() {
        return longer(TOO_LARGE, poll);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }
}
