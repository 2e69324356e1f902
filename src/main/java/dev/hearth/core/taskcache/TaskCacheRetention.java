package dev.hearth.core.taskcache;

import dev.hearth.api.TaskCacheState;
import dev.hearth.api.TaskCacheState.State;
import dev.hearth.core.text.Sizes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Decides which sealed states of task caches are retained: the newest of each cache, if a recent run used the cache and
 * there is space for it. The others are retired, so that no new pod starts from them, and become outdated once no running pod
 * may read them.
 *
 * @param runs that used the volume last
 * @param space KiB that all states together may have
 */
record TaskCacheRetention(TaskCacheFacts facts, List<String> runs, long space) {
    /** Time for which a retired state is kept, since a new pod that reads it may not be observed yet. */
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
        var offered = facts.before().states().stream()
                .filter(state -> state.state() == State.Sealed)
                .map(TaskCacheState::folder)
                .collect(Collectors.toSet());
        var seen = new HashSet<String>();
        var result = new ArrayList<TaskCacheState>();
        var size = 0L;
        var count = 0;
        for (TaskCacheState state : states) {
            if (state.state() != State.Sealed) {
                result.add(state);
                continue;
            }
            var isNewest = seen.add(state.key());
            if (isNewest) {
                size += state.size() == null ? 0 : Sizes.kib(state.size());
                count++;
            }
            var retained = isNewest && size <= space && count <= MOST && wasUsedRecently(state);
            result.add(
                    retained
                            ? state.withRetiredAt(null)
                            : retired(state, offered.contains(state.folder()), read.contains(state.folder())));
        }
        return limited(result);
    }

    /** @param offered whether the scope's status has shown the state as sealed, so that a pod may have chosen it */
    private TaskCacheState retired(TaskCacheState state, boolean offered, boolean read) {
        var since = state.retiredAt() == null ? facts.now() : Instant.parse(state.retiredAt());
        return read || (offered && facts.now().isBefore(since.plus(GRACE)))
                ? state.withRetiredAt(since.toString())
                : state.withState(State.Outdated).withRetiredAt(null);
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
}
