package dev.hearth.core.taskcache;

import java.time.Duration;
import java.util.List;

/**
 * The plan of a task pod's caches.
 *
 * @param use what the pod reads, writes and removes
 * @param known other recorded states, as key/work; the pod reports states that are neither in the plan nor known
 * @param limit on the time to copy one cache
 */
public record TaskCachePlan(TaskCacheUse use, List<String> known, Duration limit) {

    public TaskCachePlan {
        known = List.copyOf(known);
    }

    /** Returns how long all copies may take, with two tries of each. */
    public Duration patience() {
        return limit.multipliedBy(2L * use.caches().size());
    }
}
