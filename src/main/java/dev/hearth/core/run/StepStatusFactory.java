package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.BuiltByName;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.StepStatusBuilder;
import dev.hearth.api.TestSummary;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.testreport.TestSummaryFactory;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Creates the status of a step. No other class creates a {@link StepStatus}.
 *
 * @param attempt counted from 1
 * @param infrastructureFailures attempts that failed because of the infrastructure
 * @param earlierTests of the attempt before, null if there are none
 */
record StepStatusFactory(
        String run,
        Step step,
        int attempt,
        int infrastructureFailures,
        @Nullable TestSummary earlierTests) {
    /** Characters of a step's message that another message quotes. */
    static final int MAX_QUOTE = 700;

    private static final int MAX_NAMES = 5;

    static StepStatusFactory of(String run, Step step, Optional<StepStatus> recorded) {
        return new StepStatusFactory(
                run,
                step,
                recorded.map(StepStatus::attempt).orElse(1),
                recorded.map(StepStatus::infrastructureFailures).orElse(0),
                recorded.map(StepStatus::tests).orElse(null));
    }

    /** Returns a factory for the next attempt of the step. */
    StepStatusFactory retry(Failure fault, @Nullable TestSummary tests) {
        return new StepStatusFactory(
                run,
                step,
                attempt + 1,
                fault == Failure.Infrastructure ? infrastructureFailures + 1 : infrastructureFailures,
                Optional.ofNullable(tests).orElse(earlierTests));
    }

    StepStatus pending(Reason reason, String message) {
        return status(
                State.Pending,
                Explanation.of(new StatusReason(reason, message)),
                null,
                null,
                null,
                null,
                null,
                null,
                earlierTests);
    }

    StepStatus running(Instant since, String message) {
        return running(since, Explanation.message(message));
    }

    /** @param why its pod is being deleted; empty if it is not */
    StepStatus running(Instant since, Optional<StatusReason> why) {
        return running(since, why.map(Explanation::of).orElse(Explanation.NONE));
    }

    private StepStatus running(Instant since, Explanation explanation) {
        return status(State.Running, explanation, since, null, null, null, null, null, earlierTests);
    }

    /** Returns why the pod of a running step was being deleted when it was last observed. Empty if it was not. */
    static Optional<StatusReason> whyLeaving(StepStatus recorded) {
        return recorded.state() == State.Running
                ? recorded.knownReason()
                        .map(reason -> new StatusReason(reason, Objects.requireNonNullElse(recorded.message(), "")))
                : Optional.empty();
    }

    StepStatus succeeded(Observation.Done done, @Nullable ArtifactStatus artifact) {
        var note = done.kept().note();
        @Nullable
        StatusReason warning = done.result()
                .map(BuildResult::warning)
                .or(() -> step instanceof Step.Build build
                        ? build.withheld().map(why -> new StatusReason(Reason.NotPushed, why))
                        : Optional.empty())
                .orElse(null);
        return status(
                State.Succeeded,
                Explanation.ofNullable(note == null ? warning : new StatusReason(Reason.SucceededWithWarning, note)),
                done.since(),
                done.at(),
                null,
                done.result().orElseGet(() -> cacheUse(done.kept())),
                null,
                artifact,
                Optional.ofNullable(done.kept().tests())
                        .map(tests -> TestSummaryFactory.after(earlierTests, tests))
                        .orElse(null));
    }

    /** A step for which there is nothing to do in a pod. */
    StepStatus succeededWithoutPod(Instant at, String message) {
        return status(State.Succeeded, Explanation.message(message), null, at, null, null, null, null, null);
    }

    StepStatus reused(ArtifactStatus artifact, Instant at) {
        var why = new StatusReason(Reason.ArtifactReused, "reused from run " + artifact.reusedFrom());
        return status(State.Succeeded, Explanation.of(why), null, at, null, null, null, artifact, null);
    }

    StepStatus failed(Observation.Broken broken) {
        var why = broken.why();
        var note = broken.kept().note();
        return status(
                State.Failed,
                Explanation.of(note == null ? why : new StatusReason(why.reason(), why.message() + "\n" + note)),
                broken.since().orElse(null),
                broken.at(),
                broken.exitCode().orElse(null),
                cacheUse(broken.kept()),
                broken.fault(),
                null,
                broken.kept().tests());
    }

    private static @Nullable BuildResult cacheUse(StepOutputs kept) {
        return kept.caches() == null
                ? null
                : BuildResultBuilder.builder().cacheFrom(kept.caches()).build();
    }

    /** A step that ends without its container, or before it. */
    StepStatus ended(
            State state, StatusReason why, @Nullable Failure fault, Optional<StepStatus> recorded, Instant at) {
        var since = recorded.map(StepStatus::startedAt).map(Instant::parse).orElse(null);
        return status(state, Explanation.of(why), since, at, null, null, fault, null, null);
    }

    private StepStatus status(
            State state,
            Explanation explanation,
            @Nullable Instant since,
            @Nullable Instant at,
            @Nullable Integer exitCode,
            @Nullable BuildResult result,
            @Nullable Failure fault,
            @Nullable ArtifactStatus artifact,
            @Nullable TestSummary tests) {
        // A step that succeeds without a pod has no start.
        var pod = state == State.Succeeded && since == null ? null : pod(state);
        return StepStatusBuilder.builder()
                .name(step.name())
                .state(state)
                .reason(
                        explanation.reason() == null
                                ? null
                                : explanation.reason().name())
                .message(explanation.message())
                .pod(pod)
                .container(pod == null ? null : container())
                .startedAt(since == null ? null : since.toString())
                .finishedAt(at == null ? null : at.toString())
                .exitCode(exitCode)
                .digest(result == null ? null : result.digest())
                .cached(result == null ? null : result.cached())
                .executed(result == null ? null : result.executed())
                .cacheFrom(result == null ? null : result.cacheFrom())
                .rebuilt(result == null ? List.of() : result.rebuilt())
                .failure(state == State.Failed ? fault : null)
                .attempts(attempt == 1 ? null : attempt)
                .infrastructureFailures(infrastructureFailures == 0 ? null : infrastructureFailures)
                .flaky((state == State.Succeeded && attempt - infrastructureFailures > 1) ? true : null)
                .ignored(isIgnored(state, explanation) ? true : null)
                .artifact(artifact)
                .tests(tests)
                .build();
    }

    /** A cell that is cancelled by a fail-fast matrix counts like the cell that failed. */
    private boolean isIgnored(State state, Explanation explanation) {
        var failed = state == State.Failed || (state == State.Cancelled && explanation.reason() == Reason.FailFast);
        return failed
                && switch (step) {
                    case Step.Task task -> task.spec().continueOnError();
                    case Step.MatrixReader reader -> reader.spec().continueOnError();
                    case Step.Build _, Step.Index _, Step.ArtifactUpload _ -> false;
                };
    }

    /** Returns the name of the pod. Null before there is one. */
    private @Nullable String pod(State state) {
        if (state == State.Pending || state == State.Skipped) {
            return null;
        }
        return Names.pod(run, step, attempt).orElse(null);
    }

    private @Nullable String container() {
        return step instanceof Step.Build build ? build.container() : null;
    }

    /** Returns a list of names, shortened: {@code a, b, c, d, e and 3 more}. */
    static String list(List<String> names) {
        var shown = String.join(", ", names.subList(0, Math.min(MAX_NAMES, names.size())));
        return names.size() > MAX_NAMES ? shown + " and " + (names.size() - MAX_NAMES) + " more" : shown;
    }

    /** Reason and message of a step. A step without anything unusual has no reason, or neither of them. */
    @BuiltByName
    record Explanation(@Nullable Reason reason, @Nullable String message) {
        static final Explanation NONE =
                StepStatusFactoryExplanationBuilder.builder().build();

        static Explanation of(StatusReason why) {
            return StepStatusFactoryExplanationBuilder.builder()
                    .reason(why.reason())
                    .message(why.message())
                    .build();
        }

        static Explanation ofNullable(@Nullable StatusReason why) {
            return why == null ? NONE : of(why);
        }

        static Explanation message(String message) {
            return StepStatusFactoryExplanationBuilder.builder()
                    .message(message)
                    .build();
        }
    }
}
