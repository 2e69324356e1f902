package dev.hearth.core.taskcache;

import dev.hearth.api.StepStatus;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.core.buildcache.GenerationLifecycle;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The facts from which {@link TaskCacheDecider} decides a scope's volume of task caches.
 *
 * @param before the volume as recorded in the scope's status
 * @param uid of the claim; empty while there is no usable claim
 * @param pods that write or read the volume, running or finished
 * @param runs of the scope, by name
 * @param size that the claim requests, in KiB
 */
public record TaskCacheFacts(
        TaskCacheVolume before,
        Optional<String> uid,
        List<CachingPod> pods,
        Map<String, Steps> runs,
        long size,
        Instant now) {

    /**
     * The steps of a run.
     *
     * @param finished whether the run has finished
     * @param steps by name
     */
    public record Steps(String commit, boolean finished, Map<String, StepStatus> steps) {}

    /**
     * A pod of a task with caches.
     *
     * @param run name of its run
     * @param ended when the last of its containers ended; empty while one of them may still write or read
     * @param report empty if the pod gave none
     */
    public record CachingPod(
            String run, TaskCacheUse use, Instant created, Optional<Instant> ended, Optional<TaskCacheReport> report) {}

    /** Returns the result of one attempt of a step. */
    GenerationLifecycle.RunResult runResult(String run, String step, int attempt) {
        var known = runs.get(run);
        if (known == null) {
            return GenerationLifecycle.RunResult.Failed;
        }
        var status = known.steps().get(step);
        if (status == null) {
            return known.finished() ? GenerationLifecycle.RunResult.Failed : GenerationLifecycle.RunResult.Pending;
        }
        if (status.attempt() != attempt || (status.state().isFinal() && status.state() != StepStatus.State.Succeeded)) {
            return GenerationLifecycle.RunResult.Failed;
        }
        return status.state() == StepStatus.State.Succeeded
                ? GenerationLifecycle.RunResult.Succeeded
                : GenerationLifecycle.RunResult.Pending;
    }
}
