package dev.hearth.core.trigger;

import java.time.Duration;

/**
 * Decides the time until a repository's refs are listed again.
 *
 * @param poll interval of the pipeline's spec, the shortest one while nothing fails
 * @param share a number from 0 to 1 that differs between pipelines, so that they do not list their refs at the same instant
 */
public record PollPause(Duration poll, double share) {
    private static final Duration MIN = Duration.ofSeconds(5);
    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final Duration OUTAGE = Duration.ofMinutes(1);
    private static final Duration TOO_LARGE = Duration.ofMinutes(10);
    private static final int MAX_DOUBLINGS = 10;

    /** By how much longer than others the longest interval is. */
    private static final double SPREAD = 0.2;

    private static final int SHARES = 1000;

    /** A quiet repository is listed after a tenth of the time for which it has been quiet. */
    private static final int QUIET_SHARE = 10;

    private static final int MOST_POLLS = 10;
    private static final Duration LONGEST_QUIET = Duration.ofMinutes(15);

    /** Within this time after a restart of the operator, all repositories are listed. */
    private static final Duration RESTART = Duration.ofSeconds(30);

    public PollPause {
        poll = longer(MIN, poll);
    }

    /** Returns the pauses of a pipeline, which are the same after a restart of the operator. */
    public static PollPause of(Duration poll, String pipelineUid) {
        return new PollPause(poll, Math.floorMod(pipelineUid.hashCode(), SHARES) / (double) SHARES);
    }

    /** Returns the pause after the start of the operator, if the refs were listed before. */
    public Duration afterRestart() {
        return times(shorter(RESTART, poll), share);
    }

    /** Returns the pause after a listing that left nothing to do. */
    public Duration usual() {
        return spread(poll);
    }

    /**
     * Returns the pause while webhooks tell of each change. A change of which no webhook tells is found after a tenth of the
     * time since the last one, and after ten intervals or fifteen minutes at the latest.
     *
     * @param quiet time since the last delivery or change
     */
    public Duration whileQuiet(Duration quiet) {
        var most = shorter(poll.multipliedBy(MOST_POLLS), LONGEST_QUIET);
        return spread(longer(poll, shorter(quiet.dividedBy(QUIET_SHARE), most)));
    }

    /**
     * Returns the pause after failures. It is short at first, and doubles with each failure up to the spec's interval.
     *
     * @param failures number of consecutive failures
     */
    public Duration after(int failures) {
        if (failures == 0) {
            return usual();
        }
        var retry = RETRY.multipliedBy(1L << Math.min(failures - 1, MAX_DOUBLINGS));
        return spread(shorter(retry, poll));
    }

    /** Returns the pause after a server could not be reached: the interval of the spec, but at most a minute. */
    public Duration afterOutage() {
        return spread(shorter(OUTAGE, poll));
    }

    /** Returns the pause after a repository sent too much. It would do so again, and delay other repositories. */
    public Duration afterTooMuch() {
        return spread(longer(TOO_LARGE, poll));
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private Duration spread(Duration pause) {
        return pause.plus(times(pause, SPREAD * share));
    }

    private static Duration times(Duration duration, double factor) {
        return Duration.ofMillis(Math.round(duration.toMillis() * factor));
    }
}
