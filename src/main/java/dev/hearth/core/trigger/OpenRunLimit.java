package dev.hearth.core.trigger;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.util.EnumMap;
import java.util.Map;

/**
 * Limits the unfinished runs of a pipeline, so that a repository with a hundred thousand tags does not create a hundred
 * thousand runs. Pull requests have a limit of their own, so that they do not block branches and tags.
 */
public final class OpenRunLimit {
    private static final int MAX = 250;

    private final Map<RefGroup, Long> open;

    private OpenRunLimit(Map<RefGroup, Long> open) {
        this.open = open;
    }

    /** Returns the limit for a pipeline with the given numbers of unfinished runs. */
    public static OpenRunLimit of(Map<RefGroup, Long> open) {
        var counts = new EnumMap<RefGroup, Long>(RefGroup.class);
        counts.putAll(open);
        return new OpenRunLimit(counts);
    }

    /** Counts one more run. Returns false, and does not count it, if the limit is reached. */
    public boolean tryAdd(RefGroup group) {
        if (open.getOrDefault(group, 0L) >= MAX) {
            return false;
        }
        open.merge(group, 1L, Long::sum);
        return true;
    }

    /** Returns the reason why refs wait. */
    public static StatusReason reached(int waiting) {
        return new StatusReason(
                Reason.TooManyRuns,
                (waiting == 1 ? "1 updated ref is" : waiting + " updated refs are")
                        + " waiting to start a run: the limit is " + MAX
                        + " unfinished runs of branches and tags, and as many of pull requests");
    }
}
