package dev.hearth.controller.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ArtifactsSpec;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.cluster.storage.ClaimClient;
import dev.hearth.controller.retention.FinishedRunReader;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.pods.TrustedMountCheck;
import dev.hearth.core.plan.ArtifactKeys;
import dev.hearth.core.plan.Step;
import dev.hearth.core.retention.RunHistory;
import dev.hearth.core.run.Observation;
import dev.hearth.core.text.Durations;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds what an earlier run of the pipeline left that a step would make again: one of the same ref, or a trusted one of a ref
 * that is a base of the run's caches.
 */
@ApplicationScoped
public class ReusableArtifacts {
    private final ClaimClient volumes;
    private final TrustedMountCheck mounts;

    public ReusableArtifacts(ClaimClient volumes, TrustedMountCheck mounts) {
        this.volumes = volumes;
        this.mounts = mounts;
    }

    Optional<Observation> find(RunContext view, Step step, Instant now) {
        if (!step.keepsFiles() || view.status().inputs().isEmpty()) {
            return Optional.empty();
        }
        return new ArtifactKeys(view.plan(), view.status().inputs())
                .find(step)
                .map(key -> view.sources()
                        .filter(run -> !isOver(view, run, now))
                        .flatMap(run -> candidates(view, run, step, key))
                        .toList())
                .flatMap(all -> first(view, step, all))
                .map(artifact -> new Observation.Reusable(artifact, isShared(view, artifact)));
    }

    /** What a run has left. */
    private record Left(PipelineRun run, ArtifactStatus artifact) {}

    /** The first that the run may have and that is there. Asks the API server only once there is something to have. */
    private Optional<ArtifactStatus> first(RunContext view, Step step, List<Left> all) {
        var secret = step instanceof Step.Task task && !task.spec().secrets().isEmpty();
        var othersToo = !secret
                && all.stream().anyMatch(left -> left.run().getStatus().trust() != view.trust())
                && mounts.isAllowed(view);
        return all.stream()
                .filter(left -> othersToo || left.run().getStatus().trust() == view.trust())
                .filter(left -> left.artifact().image() != null || exists(view, left.run(), left.artifact()))
                .map(left ->
                        left.artifact().asReusedFrom(left.run().getMetadata().getName()))
                .findFirst();
    }

    /** What is kept no longer may be there still, and be gone when it is needed. */
    private static boolean isOver(RunContext view, PipelineRun run, Instant now) {
        var keepFor = view.spec().artifacts().keepFor();
        return keepFor != null && RunHistory.isOlderThan(FinishedRunReader.of(run), Durations.parse(keepFor), now);
    }

    private static Stream<Left> candidates(RunContext view, PipelineRun run, Step step, String key) {
        var registry = view.spec().artifacts().store() == ArtifactsSpec.Store.Registry;
        var name = registry ? new Step.ArtifactUpload(step).name() : step.name();
        return run.getStatus().steps().stream()
                .filter(status -> status.name().equals(name) && status.state() == StepStatus.State.Succeeded)
                .flatMap(status -> Stream.ofNullable(status.artifact()))
                .filter(artifact -> key.equals(artifact.inputs()))
                .filter(artifact -> registry == (artifact.image() != null))
                .map(artifact -> new Left(run, artifact));
    }

    private boolean exists(RunContext view, PipelineRun run, ArtifactStatus artifact) {
        var claim = artifact.claim();
        return claim != null
                && (view.claims().contains(claim)
                        || volumes.exists(
                                view.namespace(), claim, run.getMetadata().getUid()));
    }

    private static boolean isShared(RunContext view, ArtifactStatus artifact) {
        return artifact.image() != null || view.claims().contains(artifact.claim());
    }
}
