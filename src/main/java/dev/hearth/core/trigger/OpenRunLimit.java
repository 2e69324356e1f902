package dev.hearth.core.trigger;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.util.EnumMap;
import java.util.Map;

/**
 * How many unfinished runs a pipeline may have, so that a repository with a hundred thousand tags makes no hundred thousand
 * objects. Pull requests are counted apart: they never keep branches and tags from running.
 */
public final class OpenRunLimit {
    public static final int MOST = 250;

    private final Map<RefGroup, Long> open;

    private OpenRunLimit(Map<RefGroup, Long> open) {
        this.open = open;
    }

    /** Those that there are. */
    public static OpenRunLimit of(Map<RefGroup, Long> open) {
        var counts = new EnumMap<RefGroup, Long>(RefGroup.class);
        counts.putAll(open);
        return new OpenRunLimit(counts);
    }

    /** Whether there may be one more; it is counted then. */
    public boolean takes(RefGroup group) {
        if (open.getOrDefault(group, 0L) >= MOST) {
            return false;
        }
        open.merge(group, 1L, Long::sum);
        return true;
    }

    /** Says that refs wait for open runs to finish. */
    public static StatusReason full(int waiting) {
        return new StatusReason(
                Reason.TooManyRuns,
                (waiting == 1 ? "1 ref that moved waits" : waiting + " refs that moved wait")
                        + ": the pipeline has " + MOST
                        + " unfinished runs of branches and tags, or of pull requests; more start as others finish");
    }
}
