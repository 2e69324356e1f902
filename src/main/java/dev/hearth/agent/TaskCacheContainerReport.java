package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of the caches of a task.
 *
 * @param restored how each cache was filled, by its key
 * @param removed whether all states are gone that had to be removed
 * @param found states on the volume that the request does not name
 * @param leftKib disk usage of each cache after the task, by its key; without those for which there was no time
 * @param usage null if there was no time to measure the volume
 */
public record TaskCacheContainerReport(
        @JsonProperty(required = true) int version,
        Map<String, Restored> restored,
        boolean removed,
        List<String> found,
        Map<String, Long> leftKib,
        @Nullable Usage usage) {

    public TaskCacheContainerReport {
        restored = Map.copyOf(restored);
        found = List.copyOf(found);
        leftKib = leftKib == null ? Map.of() : Map.copyOf(leftKib);
    }

    /**
     * How a cache was filled.
     *
     * @param kib disk usage of what was copied
     * @param error why the copy failed, so that the cache started empty; null if it did not fail
     */
    public record Restored(long kib, long millis, @Nullable String error) {}

    /**
     * Disk usage of all that is on a volume, and capacity and free space of its file system.
     *
     * @param artifactsKib the part of the content that are artifacts of tasks
     */
    public record Usage(long contentKib, long artifactsKib, long capacityKib, long freeKib) {}
}
