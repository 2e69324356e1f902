package dev.hearth.core.taskcache;

import dev.hearth.api.TaskCacheState;
import dev.hearth.api.TaskCacheState.State;
import dev.hearth.core.text.Sizes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides which sealed states of task caches are retained: the newest of each cache, if a recent run used the cache and
 * there is space for it, and all that a running pod may read. The others become outdated.
 *
 * @param runs that used the volume last
 * @param space KiB that all states together may have
 */
record TaskCacheRetention(TaskCacheFacts facts, List<String> runs, long space) {
    /** A superseded state is retained for this time, since a new pod that reads it may not be observed yet. */
    static final Duration GRACE = Duration.ofMinutes(2);

    /** Limits the size of the scope's status. */
    private static final int MOST = 256;

    /** Returns when a state was written last. */
    static Instant at(TaskCacheState state) {
        return state.at() == null ? Instant.EPOCH : Instant.parse(state.at());
    }

    /** @param states newest first */
    List<TaskCacheState> retain(List<TaskCacheState> states) {
        var read = facts.pods().stream()
                .filter(pod -> pod.ended().isEmpty())
                .flatMap(pod -> pod.use().reads(facts.before().claim()).stream())
                .collect(Collectors.toSet());
        var newest = new HashMap<String, TaskCacheState>();
        var result = new ArrayList<TaskCacheState>();
        var size = 0L;
        var count = 0;
        for (TaskCacheState state : states) {
            if (state.state() != State.Sealed) {
                result.add(state);
                continue;
            }
            var newer = newest.putIfAbsent(state.key(), state);
            if (newer == null) {
                size += state.size() == null ? 0 : Sizes.kib(state.size());
                count++;
            }
            var retained = newer == null
                    ? size <= space && count <= MOST && wasUsedRecently(state)
                    : facts.now().isBefore(at(newer).plus(GRACE));
            result.add(retained || read.contains(state.folder()) ? state : state.withState(State.Outdated));
        }
        return limited(result);
    }

    private boolean wasUsedRecently(TaskCacheState state) {
        return runs.contains(state.run()) || (state.usedBy() != null && runs.contains(state.usedBy()));
    }

    /** Drops outdated states above the limit from the status. A later pod finds and reports them again. */
    private static List<TaskCacheState> limited(List<TaskCacheState> states) {
        var dropped = new HashSet<TaskCacheState>();
        states.stream()
                .filter(state -> state.state() == State.Outdated)
                .skip(MOST)
                .forEach(dropped::add);
        return states.stream().filter(state -> !dropped.contains(state)).toList();
    }

    /** Returns, for each retained state that a newer one supersedes, when the newer one was written. */
    static Stream<Instant> superseded(List<TaskCacheState> states) {
        Map<String, Instant> newest = new HashMap<>();
        Set<Instant> since = new HashSet<>();
        for (TaskCacheState state : states) {
            if (state.state() == State.Sealed) {
                var newer = newest.putIfAbsent(state.key(), at(state));
                if (newer != null) {
                    since.add(newer);
                }
            }
        }
        return since.stream();
    }
}
