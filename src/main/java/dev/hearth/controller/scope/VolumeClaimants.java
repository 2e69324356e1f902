package dev.hearth.controller.scope;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.core.buildcache.VolumeGrants.Claimant;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The runs of a scope that have builds left to do. */
final class VolumeClaimants {
    private VolumeClaimants() {}

    static List<Claimant> of(Collection<PipelineRun> runs) {
        return runs.stream().flatMap(VolumeClaimants::of).toList();
    }

    private static Stream<Claimant> of(PipelineRun run) {
        @Nullable PipelineRunStatus status = run.getStatus();
        if (status == null || status.pipelineSpec() == null || status.finishedAt() != null) {
            return Stream.empty();
        }
        var ended = status.steps().stream()
                .filter(step -> step.state().isFinal())
                .map(StepStatus::name)
                .collect(Collectors.toSet());
        Set<String> platforms = Plan.of(
                        status.pipelineSpec(), GitRef.of(run.getSpec().ref()))
                .builds()
                .filter(build -> !ended.contains(build.name()))
                .map(Step.Build::platform)
                .collect(Collectors.toSet());
        return Stream.of(new Claimant(
                run.getMetadata().getName(), Instant.parse(run.getMetadata().getCreationTimestamp()), platforms));
    }
}
