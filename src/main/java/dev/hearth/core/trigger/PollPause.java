package dev.hearth.core.trigger;

import java.time.Duration;

/**
 * How long until a repository is looked at again.
 *
 * @param poll what the pipeline asks for
 */
public record PollPause(Duration poll) {
    private static final Duration SHORTEST = Duration.ofSeconds(5);
    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final Duration OUTAGE = Duration.ofMinutes(1);
    private static final Duration TOO_MUCH = Duration.ofMinutes(10);
    private static final int MOST_DOUBLED = 10;

    public PollPause {
        poll = longer(SHORTEST, poll);
    }

    /**
     * Sooner than what is asked for if the last look left something to do, and then less and less so.
     *
     * @param failures how many looks in a row did
     */
    public Duration after(int failures) {
        if (failures == 0) {
            return poll;
        }
        var retry = RETRY.multipliedBy(1L << Math.min(failures - 1, MOST_DOUBLED));
        return retry.compareTo(poll) < 0 ? retry : poll;
    }

    /** A server that could not be reached may be back long before a pipeline that polls rarely asks again. */
    public Duration afterOutage() {
        return OUTAGE.compareTo(poll) < 0 ? OUTAGE : poll;
    }

    /** A repository that sends too much does so again at the next look: each costs a turn that others wait for. */
    public Duration afterTooMuch() {
        return longer(TOO_MUCH, poll);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }
}
