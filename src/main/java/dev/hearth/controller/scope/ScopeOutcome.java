package dev.hearth.controller.scope;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.TaskCacheVolume;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What has come of a decision about a scope.
 *
 * @param snapshots the cache volumes, with the snapshots of their generations
 * @param lastGeneration the highest number of a generation so far
 * @param taskCaches the volumes of task caches
 * @param notExpanded a message for each claim that cannot be expanded to the size of the policy
 * @param nextTaskCacheCheck time until a state of a task cache expires; empty if none does
 */
record ScopeOutcome(
        SnapshotKeeper.Result snapshots,
        int lastGeneration,
        List<TaskCacheVolume> taskCaches,
        List<String> notExpanded,
        Optional<Duration> nextTaskCacheCheck) {

    List<ScopeVolume> volumes() {
        return snapshots.volumes();
    }

    /** Returns a message for each problem that does not keep builds from running. */
    List<String> problems() {
        return Stream.concat(snapshots.problems(), notExpanded.stream()).toList();
    }

    /** Returns when snapshots and task caches are to be checked again. Empty if nothing is expected. */
    Optional<Duration> nextCheck(Instant now) {
        return Stream.concat(snapshots.nextCheck(now).stream(), nextTaskCacheCheck.stream())
                .min(Duration::compareTo);
    }
}
