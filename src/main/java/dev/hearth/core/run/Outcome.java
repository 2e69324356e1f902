package dev.hearth.core.run;

import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Puts a step's state into words: the one place that makes {@link StepStatus}. */
record Outcome(String run, Step step) {

    StepStatus pending(String reason, String message) {
        return status(State.Pending, reason, message, null, null, null, null);
    }

    StepStatus running(Instant since) {
        return status(State.Running, null, null, since, null, null, null);
    }

    StepStatus succeeded(Observation.Done done) {
        return status(
                State.Succeeded,
                null,
                null,
                done.since(),
                done.at(),
                0,
                done.result().orElse(null));
    }

    StepStatus failed(Observation.Broken broken) {
        return status(
                State.Failed,
                broken.why().reason(),
                broken.why().message(),
                broken.since().orElse(null),
                broken.at(),
                broken.exitCode().orElse(null),
                null);
    }

    /** Ended without, or before, its container's own end. */
    StepStatus ended(State state, Finding why, Optional<StepStatus> before, Instant at) {
        var since = before.map(StepStatus::startedAt).map(Instant::parse).orElse(null);
        return status(state, why.reason(), why.message(), since, at, null, null);
    }

    private StepStatus status(
            State state,
            @Nullable String reason,
            @Nullable String message,
            @Nullable Instant since,
            @Nullable Instant at,
            @Nullable Integer exitCode,
            @Nullable BuildResult result) {
        return new StepStatus(
                step.name(),
                state,
                reason,
                message,
                pod(state),
                container(state),
                since == null ? null : since.toString(),
                at == null ? null : at.toString(),
                step instanceof Step.Index ? null : exitCode,
                result == null ? null : result.digest(),
                result == null ? null : result.cached(),
                result == null ? null : result.executed(),
                result == null ? null : result.cacheFrom(),
                result == null ? List.of() : result.regressed());
    }

    /** Named only once there may be one to look at. */
    private @Nullable String pod(State state) {
        if (state == State.Pending || state == State.Skipped) {
            return null;
        }
        return podName(run, step).orElse(null);
    }

    private @Nullable String container(State state) {
        return switch (step) {
            case Step.Build build when pod(state) != null -> build.container();
            case Step.Build _, Step.Index _, Step.Task _ -> null;
        };
    }

    /** The pod that a step runs in; an index has none. */
    static Optional<String> podName(String run, Step step) {
        return switch (step) {
            case Step.Build build -> Optional.of(Names.buildPod(run, build.platform()));
            case Step.Task task -> Optional.of(Names.taskPod(run, task.spec().name()));
            case Step.Index _ -> Optional.empty();
        };
    }
}
