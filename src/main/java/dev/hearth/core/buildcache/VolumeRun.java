package dev.hearth.core.buildcache;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.core.buildcache.GenerationLifecycle.RunResult;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the decision about a cache volume needs of a run.
 *
 * @param run its name
 * @param recipe hash of the files that decide its dependencies; empty if it is not known
 * @param seedRefs trusted refs whose caches suit its commit, best first
 * @param builds of its pipeline
 */
public record VolumeRun(
        String run,
        String commit,
        Optional<String> recipe,
        List<String> seedRefs,
        List<BuildSpec> builds,
        RunResult result) {

    /** Returns the runs that are resolved, by name. */
    public static Map<String, VolumeRun> of(Collection<PipelineRun> runs) {
        return runs.stream()
                .flatMap(run -> of(run).stream())
                .collect(Collectors.toMap(VolumeRun::run, Function.identity()));
    }

    /** Returns a run like this one that has not begun. No run has its name. */
    public static VolumeRun next(PipelineRun run) {
        var like = of(run).orElseThrow();
        return new VolumeRun("", like.commit(), like.recipe(), like.seedRefs(), like.builds(), RunResult.Pending);
    }

    private static Optional<VolumeRun> of(PipelineRun run) {
        @Nullable PipelineRunStatus status = run.getStatus();
        if (status == null || status.pipelineSpec() == null || status.commit() == null) {
            return Optional.empty();
        }
        return Optional.of(new VolumeRun(
                run.name(),
                status.commit(),
                Optional.ofNullable(status.recipe()),
                status.seedRefs(),
                status.pipelineSpec().builds(),
                result(status)));
    }

    private static RunResult result(PipelineRunStatus status) {
        if (status.finishedAt() == null) {
            return RunResult.Pending;
        }
        return status.phase() == PipelineRunStatus.Phase.Succeeded ? RunResult.Succeeded : RunResult.Failed;
    }
}
