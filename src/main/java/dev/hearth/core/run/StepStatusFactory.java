package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TestSummary;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.testreport.TestSummaryFactory;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts a step's state into words: the one place that makes {@link StepStatus}.
 *
 * @param attempts which attempt it is at
 * @param infrastructureFailures attempts that the infrastructure took away
 * @param earlier what the tests of the attempt before said, null if there was none
 */
record StepStatusFactory(
        String run,
        Step step,
        int attempts,
        int infrastructureFailures,
        @Nullable TestSummary earlier) {

    static StepStatusFactory of(String run, Step step, Optional<StepStatus> before) {
        return new StepStatusFactory(
                run,
                step,
                before.map(StepStatus::attempt).orElse(1),
                before.map(StepStatus::infrastructureFailures).orElse(0),
                before.map(StepStatus::tests).orElse(null));
    }

    /** The same step, to be tried once more. */
    StepStatusFactory retry(Failure fault, @Nullable TestSummary tests) {
        return new StepStatusFactory(
                run,
                step,
                attempts + 1,
                fault == Failure.Infrastructure ? infrastructureFailures + 1 : infrastructureFailures,
                Optional.ofNullable(tests).orElse(earlier));
    }

    StepStatus pending(Reason reason, String message) {
        return status(
                State.Pending,
                Words.of(new StatusReason(reason, message)),
                null,
                null,
                null,
                null,
                null,
                null,
                earlier);
    }

    StepStatus running(Instant since, String message) {
        return running(since, Words.message(message));
    }

    /** With the reason why its pod is being taken away, if it is. */
    StepStatus running(Instant since, Optional<StatusReason> why) {
        return running(since, why.map(Words::of).orElse(Words.NONE));
    }

    private StepStatus running(Instant since, Words words) {
        return status(State.Running, words, since, null, null, null, null, null, earlier);
    }

    /** Why the pod of a step was being taken away when that was last seen to run. */
    static Optional<StatusReason> whyLeaving(StepStatus before) {
        return before.state() == State.Running
                ? before.knownReason()
                        .map(reason -> new StatusReason(reason, Objects.requireNonNullElse(before.message(), "")))
                : Optional.empty();
    }

    StepStatus succeeded(Observation.Done done, @Nullable ArtifactStatus artifact) {
        var note = done.kept().note();
        @Nullable
        StatusReason trouble = done.result()
                .map(BuildResult::trouble)
                .or(() -> step instanceof Step.Build build
                        ? build.withheld().map(why -> new StatusReason(Reason.NotPushed, why))
                        : Optional.empty())
                .orElse(null);
        return status(
                State.Succeeded,
                Words.ofNullable(note == null ? trouble : new StatusReason(Reason.SucceededWithWarning, note)),
                done.since(),
                done.at(),
                null,
                done.result().orElseGet(() -> found(done.kept())),
                null,
                artifact,
                Optional.ofNullable(done.kept().tests())
                        .map(tests -> TestSummaryFactory.after(earlier, tests))
                        .orElse(null));
    }

    StepStatus made(Instant at, String message) {
        return status(State.Succeeded, Words.message(message), null, at, null, null, null, null, null);
    }

    StepStatus reused(ArtifactStatus artifact, Instant at) {
        var why = new StatusReason(Reason.ArtifactReused, "reused from run " + artifact.reusedFrom());
        return status(State.Succeeded, Words.of(why), null, at, null, null, null, artifact, null);
    }

    StepStatus failed(Observation.Broken broken) {
        var why = broken.why();
        var note = broken.kept().note();
        return status(
                State.Failed,
                Words.of(note == null ? why : new StatusReason(why.reason(), why.message() + "\n" + note)),
                broken.since().orElse(null),
                broken.at(),
                broken.exitCode().orElse(null),
                found(broken.kept()),
                broken.fault(),
                null,
                broken.kept().tests());
    }

    private static @Nullable BuildResult found(StepOutputs kept) {
        return kept.caches() == null ? null : new BuildResult(null, null, null, kept.caches(), null, List.of());
    }

    /** Ended without, or before, its container's own end. */
    StepStatus ended(State state, StatusReason why, @Nullable Failure fault, Optional<StepStatus> before, Instant at) {
        var since = before.map(StepStatus::startedAt).map(Instant::parse).orElse(null);
        return status(state, Words.of(why), since, at, null, null, fault, null, null);
    }

    private StepStatus status(
            State state,
            Words words,
            @Nullable Instant since,
            @Nullable Instant at,
            @Nullable Integer exitCode,
            @Nullable BuildResult result,
            @Nullable Failure fault,
            @Nullable ArtifactStatus artifact,
            @Nullable TestSummary tests) {
        // What is made without a pod has not begun.
        var pod = state == State.Succeeded && since == null ? null : pod(state);
        return new StepStatus(
                step.name(),
                state,
                words.reason() == null ? null : words.reason().name(),
                words.message(),
                pod,
                pod == null ? null : container(),
                since == null ? null : since.toString(),
                at == null ? null : at.toString(),
                exitCode,
                result == null ? null : result.digest(),
                result == null ? null : result.cached(),
                result == null ? null : result.executed(),
                result == null ? null : result.cacheFrom(),
                result == null ? List.of() : result.regressed(),
                state == State.Failed ? fault : null,
                attempts == 1 ? null : attempts,
                infrastructureFailures == 0 ? null : infrastructureFailures,
                (state == State.Succeeded && attempts - infrastructureFailures > 1) ? true : null,
                isTolerated(state, words) ? true : null,
                artifact,
                tests);
    }

    /** A leg that ends since another has failed counts like that one. */
    private boolean isTolerated(State state, Words words) {
        var failed = state == State.Failed || (state == State.Cancelled && words.reason() == Reason.FailFast);
        return failed
                && switch (step) {
                    case Step.Task task -> task.spec().continueOnError();
                    case Step.MatrixReader listing -> listing.spec().continueOnError();
                    case Step.Build _, Step.Index _, Step.ArtifactUpload _ -> false;
                };
    }

    /** Named only once there may be one to look at. */
    private @Nullable String pod(State state) {
        if (state == State.Pending || state == State.Skipped) {
            return null;
        }
        return StepPodName.name(run, step, attempts).orElse(null);
    }

    /** Reason and message of a step: it may have no reason, or nothing to say at all. */
    private record Words(@Nullable Reason reason, @Nullable String message) {
        static final Words NONE = new Words(null, null);

        static Words of(StatusReason why) {
            return new Words(why.reason(), why.message());
        }

        static Words ofNullable(@Nullable StatusReason why) {
            return why == null ? NONE : of(why);
        }

        /** Of a step in which nothing is out of the ordinary. */
        static Words message(String message) {
            return new Words(null, message);
        }
    }

    private @Nullable String container() {
        return step instanceof Step.Build build ? build.container() : null;
    }
}
