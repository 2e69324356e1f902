package dev.hearth.core.taskcache;

import dev.hearth.api.StepStatus;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.core.buildcache.GenerationLifecycle;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that a decision about a scope's directories is made from.
 *
 * @param uid of the claim, empty while there is none that can be used
 * @param pods that write the volume or read it, also those that have ended
 * @param runs of the scope, by name
 * @param size of the volume as it was asked for, in KiB
 */
public record TaskCacheFacts(
        TaskCacheVolume before,
        Optional<String> uid,
        List<DirectoryPod> pods,
        Map<String, Steps> runs,
        long size,
        Instant now) {

    /**
     * How the steps of a run stand.
     *
     * @param steps by name
     */
    public record Steps(String commit, boolean finished, Map<String, StepStatus> steps) {}

    /**
     * A pod of a task with directories.
     *
     * @param ended when all of it had, empty while it may still write or read
     */
    public record DirectoryPod(
            String run, TaskCacheUse use, Instant created, Optional<Instant> ended, Optional<TaskCacheReport> report) {}

    /** Whether an attempt of a step succeeded. */
    GenerationLifecycle.RunResult runResult(String run, String step, int attempt) {
        var known = runs.get(run);
        if (known == null) {
            return GenerationLifecycle.RunResult.Lost;
        }
        var status = known.steps().get(step);
        if (status == null) {
            return known.finished() ? GenerationLifecycle.RunResult.Lost : GenerationLifecycle.RunResult.Open;
        }
        if (status.attempt() != attempt || (status.state().isFinal() && status.state() != StepStatus.State.Succeeded)) {
            return GenerationLifecycle.RunResult.Lost;
        }
        return status.state() == StepStatus.State.Succeeded
                ? GenerationLifecycle.RunResult.Succeeded
                : GenerationLifecycle.RunResult.Open;
    }
}
