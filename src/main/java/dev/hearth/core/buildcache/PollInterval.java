package dev.hearth.core.buildcache;

import java.time.Duration;

/** Decides when to check again what sends no events: soon at first, then at intervals that grow with the time that has passed. */
public final class PollInterval {
    private static final Duration MIN = Duration.ofSeconds(2);
    private static final Duration MAX = Duration.ofMinutes(2);

    private PollInterval() {}

    /** Returns the time to the next check, which is no later than a limit at which something is done. */
    public static Duration until(Duration limit, Duration elapsed) {
        var remaining = limit.minus(elapsed);
        var interval = after(elapsed);
        if (interval.compareTo(remaining) < 0) {
            return interval;
        }
        return remaining.isPositive() ? remaining : Duration.ofMillis(100);
    }

    /** Returns the time to the next check. */
    public static Duration after(Duration elapsed) {
        var interval = elapsed.dividedBy(4);
        if (interval.compareTo(MIN) < 0) {
            return MIN;
        }
        return interval.compareTo(MAX) < 0 ? interval : MAX;
    }
}
