package dev.hearth.core.taskcache;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The report of the container that fills and measures a task's caches, written after the task has finished.
 *
 * @param restored how each cache was filled, by key
 * @param left KiB in each cache after the task, by key; missing if there was no time to measure it
 * @param removed whether the container removed all states that it had to remove
 * @param found states on the volume that the plan does not list, as key/work
 * @param usage of the volume; empty if there was no time to measure it
 */
public record TaskCacheReport(
        Map<String, Restored> restored,
        Map<String, Long> left,
        boolean removed,
        List<String> found,
        Optional<Usage> usage) {

    public TaskCacheReport {
        restored = Map.copyOf(restored);
        left = Map.copyOf(left);
        found = List.copyOf(found);
    }

    /**
     * How a cache was filled.
     *
     * @param error why it could not be filled; empty if it was filled
     */
    public record Restored(long kib, long millis, String error) {}

    /**
     * Disk usage of the volume, and capacity and free space of its file system, in KiB.
     *
     * @param artifacts the part of the content that are artifacts of tasks
     */
    public record Usage(long content, long artifacts, long capacity, long free) {}
}
