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
 * What stays on a volume with directories: the newest good state of each, as far as it has room and somebody still wants it,
 * and whatever a live pod may be reading.
 *
 * @param runs that used the volume last
 * @param room KiB that states may have together
 */
record TaskCacheRetention(TaskCacheFacts facts, List<String> runs, long room) {
    /** A pod may have been made from what a watch had not shown yet. */
    static final Duration GRACE = Duration.ofMinutes(2);

    /** So that a status stays small. */
    private static final int MOST = 256;

    /** @param states newest first */
    List<TaskCacheState> retain(List<TaskCacheState> states) {
        var read = facts.pods().stream()
                .filter(pod -> pod.ended().isEmpty())
                .flatMap(pod -> pod.use().reads(facts.before().claim()).stream())
                .collect(Collectors.toSet());
        var newest = new HashMap<String, TaskCacheState>();
        var kept = new ArrayList<TaskCacheState>();
        var size = 0L;
        var count = 0;
        for (TaskCacheState state : states) {
            if (state.state() != State.Sealed) {
                kept.add(state);
                continue;
            }
            var newer = newest.putIfAbsent(state.key(), state);
            if (newer == null) {
                size += state.size() == null ? 0 : Sizes.kib(state.size());
                count++;
            }
            var stays = newer == null
                    ? size <= room && count <= MOST && isWanted(state)
                    : facts.now().isBefore(TaskCacheDecider.at(newer).plus(GRACE));
            kept.add(stays || read.contains(state.folder()) ? state : state.as(State.Outdated));
        }
        return bounded(kept);
    }

    private boolean isWanted(TaskCacheState state) {
        return runs.contains(state.run()) || (state.usedBy() != null && runs.contains(state.usedBy()));
    }

    /** What is forgotten here is found again by a pod, and then removed. */
    private static List<TaskCacheState> bounded(List<TaskCacheState> states) {
        var left = new HashSet<TaskCacheState>();
        states.stream()
                .filter(state -> state.state() == State.Outdated)
                .skip(MOST)
                .forEach(left::add);
        return states.stream().filter(state -> !left.contains(state)).toList();
    }

    /** When what came in place of another was left, for each that has been replaced and is still kept. */
    static Stream<Instant> superseded(List<TaskCacheState> states) {
        Map<String, Instant> newest = new HashMap<>();
        Set<Instant> since = new HashSet<>();
        for (TaskCacheState state : states) {
            if (state.state() == State.Sealed) {
                var newer = newest.putIfAbsent(state.key(), TaskCacheDecider.at(state));
                if (newer != null) {
                    since.add(newer);
                }
            }
        }
        return since.stream();
    }
}
