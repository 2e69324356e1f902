package dev.hearth.controller.scope;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.core.buildcache.GenerationLifecycle.RunResult;
import dev.hearth.core.buildcache.VolumeRun;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The runs of a scope, as its volumes see them. */
final class VolumeRunReader {
    private VolumeRunReader() {}

    static Map<String, VolumeRun> of(Collection<PipelineRun> runs) {
        return runs.stream()
                .flatMap(run -> of(run).stream())
                .collect(Collectors.toMap(VolumeRun::run, Function.identity()));
    }

    private static Optional<VolumeRun> of(PipelineRun run) {
        @Nullable PipelineRunStatus status = run.getStatus();
        if (status == null || status.pipelineSpec() == null || status.commit() == null) {
            return Optional.empty();
        }
        return Optional.of(new VolumeRun(
                run.getMetadata().getName(),
                status.commit(),
                Optional.ofNullable(status.recipe()),
                status.seedRefs(),
                status.pipelineSpec().builds(),
                runResult(status)));
    }

    private static RunResult runResult(PipelineRunStatus status) {
        if (status.finishedAt() == null) {
            return RunResult.Pending;
        }
        return status.phase() == PipelineRunStatus.Phase.Succeeded ? RunResult.Succeeded : RunResult.Failed;
    }
}
