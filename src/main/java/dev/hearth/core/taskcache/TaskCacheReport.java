package dev.hearth.core.taskcache;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the container says that fills and measures a task's directories, once the task has ended.
 *
 * @param restored by key
 * @param left KiB that the task left in each directory, by key; missing where there was no time to measure
 * @param removed whether all is gone that was to be removed
 * @param found what nobody had told it of, as key/work
 * @param usage of the volume, if there was time to measure
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
     * How a directory was filled.
     *
     * @param error why it was not, empty if it was
     */
    public record Restored(long kib, long millis, String error) {}

    /** Of the volume in KiB: its content, and what its file system has and has left. */
    public record Usage(long content, long capacity, long free) {}
}
