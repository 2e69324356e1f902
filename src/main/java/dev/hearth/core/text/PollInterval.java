package dev.hearth.core.text;

import java.time.Duration;

/** When to look again at what nobody tells about: soon at first, then in steps that grow with the time it takes. */
public final class PollInterval {
    private static final Duration SOONEST = Duration.ofSeconds(2);
    private static final Duration LATEST = Duration.ofMinutes(2);

    private PollInterval() {}

    /** How long to wait where something is done about it at a limit. */
    public static Duration until(Duration limit, Duration soFar) {
        var left = limit.minus(soFar);
        var share = after(soFar);
        if (share.compareTo(left) < 0) {
            return share;
        }
        return left.isPositive() ? left : Duration.ofMillis(100);
    }

    /** How long to wait, after what has taken so long already. */
    public static Duration after(Duration soFar) {
        var share = soFar.dividedBy(4);
        if (share.compareTo(SOONEST) < 0) {
            return SOONEST;
        }
        return share.compareTo(LATEST) < 0 ? share : LATEST;
    }
}
