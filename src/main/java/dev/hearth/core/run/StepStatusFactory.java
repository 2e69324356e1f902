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
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Creates the status of a step. No other class creates a {@link StepStatus}.
 *
 * @param taken names of pods that the run has taken instead of creating its own, by the names of those
 * @param pod name of the pod of this attempt, as it was recorded; null if none was
 * @param attempt counted from 1
 * @param infrastructureFailures attempts that failed because of the infrastructure
 * @param earlierTests of the attempt before, null if there are none
 */
record StepStatusFactory(
        String run,
        Map<String, String> taken,
        Step step,
        @Nullable String pod,
        int attempt,
        int infrastructureFailures,
        @Nullable TestSummary earlierTests) {
    /** Characters of a step's message that another message quotes. */
    static final int MAX_QUOTE = 700;

    private static final int MAX_NAMES = 5;

    static StepStatusFactory of(RunFacts facts, Step step, @Nullable StepStatus recorded) {
        return recorded == null
                ? new StepStatusFactory(facts.run(), facts.takenPods(), step, null, 1, 0, null)
                : new StepStatusFactory(
                        facts.run(),
                        facts.takenPods(),
                        step,
                        recorded.pod(),
                        recorded.attempt(),
                        Objects.requireNonNullElse(recorded.infrastructureFailures(), 0),
                        recorded.tests());
    }

    /** Returns a factory for the next attempt of the step. */
    StepStatusFactory retry(Failure fault, @Nullable TestSummary tests) {
        return new StepStatusFactory(
                run,
                taken,
                step,
                null,
                attempt + 1,
                fault == Failure.Infrastructure ? infrastructureFailures + 1 : infrastructureFailures,
                Optional.ofNullable(tests).orElse(earlierTests));
    }

    StepStatus pending(Reason reason, String message) {
        return status(State.Pending, Explanation.of(new StatusReason(reason, message)))
                .tests(earlierTests)
                .build();
    }

    StepStatus running(Instant since) {
        return running(since, Explanation.NONE);
    }

    StepStatus running(Instant since, String message) {
        return running(since, Explanation.message(message));
    }

    /** @param leaving why its pod is being deleted */
    StepStatus running(Instant since, StatusReason leaving) {
        return running(since, Explanation.of(leaving));
    }

    private StepStatus running(Instant since, Explanation explanation) {
        return withPod(State.Running, explanation)
                .startedAt(since.toString())
                .tests(earlierTests)
                .build();
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
        var why = note == null ? warning : new StatusReason(Reason.SucceededWithWarning, note);
        var result = done.result().orElseGet(() -> cacheUse(done.kept()));
        var status = withPod(State.Succeeded, Explanation.ofNullable(why))
                .startedAt(done.since().toString())
                .finishedAt(done.at().toString())
                .artifact(artifact)
                .findings(done.kept().findings())
                .tests(Optional.ofNullable(done.kept().tests())
                        .map(tests -> TestSummaryFactory.after(earlierTests, tests))
                        .orElse(null));
        return with(result, status).build();
    }

    /** A step for which there is nothing to do in a pod. It has no start. */
    StepStatus succeededWithoutPod(Instant at, String message) {
        return status(State.Succeeded, Explanation.message(message))
                .finishedAt(at.toString())
                .build();
    }

    StepStatus reusing(ArtifactStatus artifact) {
        return pending(Reason.ReusingArtifact, "reusing the artifact of run " + artifact.reusedFrom())
                .withArtifact(artifact);
    }

    StepStatus reused(ArtifactStatus artifact, Instant at) {
        var why = new StatusReason(Reason.ArtifactReused, "reused from run " + artifact.reusedFrom());
        return status(State.Succeeded, Explanation.of(why))
                .finishedAt(at.toString())
                .artifact(artifact)
                .build();
    }

    /**
     * The status of a step that another run has run.
     *
     * @param done its status there
     * @param artifact which this run keeps
     */
    static StepStatus takenOver(StepStatus done, String from, @Nullable ArtifactStatus artifact, Instant at) {
        return StepStatusBuilder.builder()
                .name(done.name())
                .state(State.Succeeded)
                .reason(Reason.TakenOver.name())
                .message("taken over from run " + from + " of the merge queue, which ran the same commit")
                .attempts(done.attempts())
                .infrastructureFailures(done.infrastructureFailures())
                .flaky(done.flaky())
                .finishedAt(at.toString())
                .artifact(artifact)
                .tests(done.tests())
                .build();
    }

    StepStatus failed(Observation.Broken broken) {
        var why = broken.why();
        var note = broken.kept().note();
        var explanation =
                Explanation.of(note == null ? why : new StatusReason(why.reason(), why.message() + "\n" + note));
        var status = withPod(State.Failed, explanation)
                .startedAt(broken.since().map(Instant::toString).orElse(null))
                .finishedAt(broken.at().toString())
                .exitCode(broken.exitCode().orElse(null))
                .failure(broken.fault())
                .findings(broken.kept().findings())
                .tests(broken.kept().tests());
        return with(cacheUse(broken.kept()), status).build();
    }

    private static BuildResult cacheUse(StepOutputs kept) {
        return BuildResultBuilder.builder().cacheFrom(kept.caches()).build();
    }

    private static StepStatusBuilder with(BuildResult result, StepStatusBuilder status) {
        return status.digest(result.digest())
                .cached(result.cached())
                .executed(result.executed())
                .cacheFrom(result.cacheFrom())
                .rebuilt(result.rebuilt());
    }

    /** A step that fails without its container. */
    StepStatus failed(StatusReason why, Failure fault, Instant at) {
        return withPod(State.Failed, Explanation.of(why))
                .finishedAt(at.toString())
                .failure(fault)
                .build();
    }

    /** A step that fails before its container has ended. It keeps its recorded start, if it has one. */
    StepStatus failed(StatusReason why, Failure fault, @Nullable StepStatus recorded, Instant at) {
        return failed(why, fault, at).withStartedAt(start(recorded));
    }

    /** A step that is cancelled. It keeps its recorded start, if it has one. */
    StepStatus cancelled(StatusReason why, @Nullable StepStatus recorded, Instant at) {
        return withPod(State.Cancelled, Explanation.of(why))
                .startedAt(start(recorded))
                .finishedAt(at.toString())
                .build();
    }

    StepStatus skipped(StatusReason why, Instant at) {
        return status(State.Skipped, Explanation.of(why))
                .finishedAt(at.toString())
                .build();
    }

    private static @Nullable String start(@Nullable StepStatus recorded) {
        return recorded == null ? null : recorded.startedAt();
    }

    private StepStatusBuilder withPod(State state, Explanation explanation) {
        var status = status(state, explanation);
        var own = Names.pod(run, step, attempt);
        // A pod that was taken is known by its name even when it is gone.
        status.pod(taken.getOrDefault(own, Objects.requireNonNullElse(pod, own)))
                .container(container());
        return status;
    }

    private StepStatusBuilder status(State state, Explanation explanation) {
        return StepStatusBuilder.builder()
                .name(step.name())
                .state(state)
                .reason(
                        explanation.reason() == null
                                ? null
                                : explanation.reason().name())
                .message(explanation.message())
                .attempts(attempt == 1 ? null : attempt)
                .infrastructureFailures(infrastructureFailures == 0 ? null : infrastructureFailures)
                .flaky((state == State.Succeeded && attempt - infrastructureFailures > 1) ? true : null)
                .ignored(isIgnored(state, explanation) ? true : null);
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
