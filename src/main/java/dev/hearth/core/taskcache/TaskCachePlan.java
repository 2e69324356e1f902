package dev.hearth.core.taskcache;

import java.time.Duration;
import java.util.List;

/**
 * All that a task's pod needs to know for its directories.
 *
 * @param known what else is rightly on the volume, as key/work: anything that is not is told
 * @param limit how long the copy of one directory may take
 */
public record TaskCachePlan(TaskCacheUse use, List<String> known, Duration limit) {

    public TaskCachePlan {
        known = List.copyOf(known);
    }

    /** How long all of its copies may take, each tried twice. */
    public Duration patience() {
        return limit.multipliedBy(2L * use.caches().size());
    }
}
