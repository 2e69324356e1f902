package dev.hearth.agent;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the caches of a task: to restore them before the task, and to measure them after it. A state of a cache is named
 * {@code key/work}.
 *
 * @param limitSeconds time that one copy may take
 * @param remove states to remove from the pod's own volume
 * @param known other states of that volume that the operator knows
 * @param artifacts what stays of the artifacts on that volume; null if none are removed
 */
public record TaskCacheRequest(
        long limitSeconds,
        List<Cache> caches,
        List<String> remove,
        List<String> known,
        @Nullable Kept artifacts) implements AgentRequest {

    public TaskCacheRequest {
        caches = List.copyOf(caches);
        remove = List.copyOf(remove);
        known = List.copyOf(known);
    }

    /**
     * What stays of the artifacts on a volume. Others are removed.
     *
     * @param named {@code run} for all of a run, {@code run/attempt} for one artifact
     * @param since what has changed at this time or later stays too, in seconds since 1970
     */
    public record Kept(List<String> named, long since) {
        public Kept {
            named = List.copyOf(named);
        }
    }

    /**
     * A cache that a task gets as the state {@code key/work}, which its pod alone writes.
     *
     * @param source folder from which the cache is copied; null if it starts empty
     */
    public record Cache(String key, String work, @Nullable String source) {}
}
