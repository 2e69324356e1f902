package dev.hearth.controller.pipeline;

import dev.hearth.api.ApprovalRequest;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.forge.CommitStatus;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.forge.RunDescription;
import dev.hearth.core.forge.RunOutcome;
import dev.hearth.core.forge.RunOutcomeBuilder;
import dev.hearth.core.forge.StepResult;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.ref.TrustDefaults;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.trigger.SkipRules;
import dev.hearth.core.trigger.SupersededRunFinder;
import dev.hearth.core.validation.PipelineValidator;
import dev.hearth.pod.ObjectLabels;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads from runs what their commits show at the forge. */
final class RunOutcomeReader {
    /** Annotation of a finished run: the status that the forge showed last for its commit. */
    static final String REPORTED = "hearth.dev/commit-status";

    /** Reasons of runs of which nothing is known yet. */
    private static final Set<Reason> UNDECIDED = Set.of(Reason.CheckingAuthor, Reason.CheckingChanges);

    private RunOutcomeReader() {}

    /**
     * Returns the outcomes of the runs whose commit is known.
     *
     * @param oldest commits whose runs have all finished before are left out
     * @param kept commits that are never left out
     */
    static List<RunOutcome> read(Pipeline pipeline, Collection<PipelineRun> all, Instant oldest, Set<String> kept) {
        var head = pipeline.getStatus() == null ? null : pipeline.getStatus().defaultBranch();
        var trusted = RefFilter.of(TrustDefaults.of(pipeline.getSpec(), head).trusted());
        return all.stream()
                .filter(run -> commit(run).isPresent())
                .collect(Collectors.groupingBy(run -> commit(run).orElseThrow()))
                .entrySet()
                .stream()
                .filter(entry -> kept.contains(entry.getKey())
                        || entry.getValue().stream().anyMatch(run -> isYoung(run, oldest)))
                .flatMap(entry -> entry.getValue().stream().map(run -> read(pipeline, run, entry.getKey(), trusted)))
                .toList();
    }

    private static boolean isYoung(PipelineRun run, Instant oldest) {
        var finished = status(run).finishedAt();
        return finished == null || !Instant.parse(finished).isBefore(oldest);
    }

    /**
     * Returns the commit of a run. Empty as long as it shows nothing: before the run is looked at, and of a commit that a user
     * names before it is known to be on the ref.
     */
    private static Optional<String> commit(PipelineRun run) {
        var status = status(run);
        var known = Optional.ofNullable(status.commit());
        var looked = status.phase() != null
                && ConditionFactory.find(status.conditions(), ConditionType.Succeeded)
                        .flatMap(condition -> Reason.parse(condition.reason()))
                        .filter(UNDECIDED::contains)
                        .isEmpty();
        return known.or(() -> looked && ObjectLabels.isManaged(run)
                ? Optional.ofNullable(run.getSpec().commit())
                : Optional.empty());
    }

    private static RunOutcome read(Pipeline pipeline, PipelineRun run, String commit, RefFilter trusted) {
        var spec = run.getSpec();
        var meta = run.getMetadata();
        var status = status(run);
        var superseded = SupersededRunFinder.isSuperseded(spec);
        var trust = Optional.ofNullable(status.trust()).orElseGet(() -> trusted.trust(GitRef.of(spec.ref())));
        var state = RunOutcome.state(status);
        var shown = new CommitStatus(state, RunDescription.of(commit, status, superseded));
        return RunOutcomeBuilder.builder()
                .name(meta.getName())
                .ref(spec.ref())
                .commit(commit)
                .trusted(trust == Trust.Trusted)
                .started(status.startedAt() != null)
                .superseded(superseded)
                .createdAt(Instant.parse(meta.getCreationTimestamp()))
                .finishedAt(Optional.ofNullable(status.finishedAt()).map(Instant::parse))
                .status(shown)
                .steps(steps(pipeline.getSpec(), run, shown))
                .digest(Optional.ofNullable(status.approval())
                        .filter(_ -> state == State.NeedsApproval)
                        .map(ApprovalRequest::digest))
                .reported(Optional.ofNullable(meta.getAnnotations()).map(annotations -> annotations.get(REPORTED)))
                .build();
    }

    /** A run that is skipped has no steps: those of the pipeline are shown, as far as its spec tells them. */
    private static List<StepResult> steps(PipelineSpec spec, PipelineRun run, CommitStatus shown) {
        if (spec.forge() == null || !spec.forge().showsSteps()) {
            return List.of();
        }
        var status = status(run);
        var skipped = status.phase() == Phase.Skipped || SkipRules.isSkippedForNow(status);
        return skipped && PipelineValidator.in(spec).isEmpty()
                ? StepResult.ofSkipped(
                        Plan.of(spec, GitRef.of(run.getSpec().ref())).steps().stream()
                                .map(Step::name)
                                .toList(),
                        shown)
                : StepResult.of(status);
    }

    /** Returns whether a run of a commit has finished. */
    static boolean isFinished(PipelineRun run, String commit) {
        return status(run).finishedAt() != null
                && commit(run).filter(commit::equals).isPresent();
    }

    /** Returns whether a run has the annotation with this text. */
    static boolean isNoted(PipelineRun run, String text) {
        var annotations = run.getMetadata().getAnnotations();
        return annotations != null && text.equals(annotations.get(REPORTED));
    }

    static PipelineRunStatus status(PipelineRun run) {
        return Objects.requireNonNullElse(run.getStatus(), PipelineRunStatus.EMPTY);
    }
}
