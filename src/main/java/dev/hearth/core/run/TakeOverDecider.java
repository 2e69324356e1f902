package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.PlanContext;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.text.Durations;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which steps a run of a branch takes over from a run of the merge queue that has run the same commit. Builds run, so
 * that the caches of the branch get what is new. A task is taken over if it would be the same in both runs and needs nothing that
 * an untrusted run lacks, nor a build that this run pushes.
 */
public final class TakeOverDecider {
    /** Variables that differ between the runs and that every task has. */
    private static final List<String> OWN_VARIABLES = List.of("HEARTH_REF", "HEARTH_RUN");

    /**
     * How long images of artifacts still have to be kept: while the run's status is written, which keeps them from then on. Until
     * then they could be deleted with the other run's artifacts.
     */
    private static final Duration MARGIN = Duration.ofMinutes(10);

    private final String from;
    private final String uid;
    private final PipelineRunStatus source;
    private final @Nullable String keepFor;
    private final Plan own;
    private final Map<String, Step> ownSteps;
    private final Map<String, Step> otherSteps;
    private final Map<String, StepStatus> done;

    /** @param from what {@link MergedRun#find} has found for it */
    public TakeOverDecider(MergedRun.Successor own, PipelineRun from) {
        this.from = from.name();
        this.uid = from.uid();
        this.source = from.getStatus();
        this.keepFor = own.spec().artifacts().keepFor();
        this.own = plan(own.run(), own.spec(), own.commit());
        this.ownSteps = byName(this.own);
        this.otherSteps = byName(plan(from, own.spec(), own.commit()));
        this.done = this.source.stepsWithPlaces().stream()
                .filter(step -> step.state() == State.Succeeded)
                .collect(Collectors.toMap(StepStatus::name, Function.identity(), (one, _) -> one));
    }

    /** Both plans have the cells that the other run has computed: they are taken over with all of their steps or not at all. */
    private Plan plan(PipelineRun run, PipelineSpec spec, String commit) {
        return Plan.of(spec, new PlanContext(GitRef.of(run.getSpec().ref()), commit, run.name(), source.matrices()));
    }

    private static Map<String, Step> byName(Plan plan) {
        var steps = new HashMap<String, Step>();
        plan.steps().forEach(step -> steps.put(step.name(), step));
        return steps;
    }

    /** Whether steps can be taken over whose artifacts are needed on a volume. The run has to keep that first. */
    public boolean needsVolumes(Instant now) {
        return taken(_ -> true).stream()
                .map(this::step)
                .anyMatch(step -> artifact(step).isPresent() && !isInRegistry(step, now));
    }

    /**
     * Returns what is taken over. Empty if it is nothing.
     *
     * @param kept uids of the claims of volumes that stay until the run has finished, by the names of the claims
     */
    public Optional<TakeOver> decide(Map<String, String> kept, Instant now) {
        var taken = taken(step -> artifact(step)
                .map(artifact -> isInRegistry(step, now) || (artifact.image() == null && isOn(kept, artifact)))
                .orElse(true));
        var matrices = new HashMap<>(source.matrices());
        matrices.keySet().removeIf(task -> !taken.contains(task));
        return taken.isEmpty()
                ? Optional.empty()
                : Optional.of(new TakeOver(
                        from,
                        uid,
                        own.steps().stream()
                                .filter(step -> taken.contains(step.name()))
                                .map(step -> status(step, now))
                                .toList(),
                        matrices));
    }

    private static boolean isOn(Map<String, String> volumes, ArtifactStatus artifact) {
        return artifact.claimUid() != null && artifact.claimUid().equals(volumes.get(artifact.claim()));
    }

    /**
     * Whether a step has left an artifact that others use as an image, which stays in its registry. If it is the upload's, its task
     * is taken over with the upload, whatever becomes of the volume with the files.
     */
    private boolean isInRegistry(Step step, Instant now) {
        var uploaded = step instanceof Step.Task ? ownSteps.get(new Step.ArtifactUpload(step).name()) : step;
        return uploaded != null
                && isSame(uploaded)
                && artifact(uploaded).map(ArtifactStatus::image).isPresent()
                && !isExpiring(now);
    }

    /** Whether images of artifacts of the other run are, or will soon be, older than they are kept. */
    private boolean isExpiring(Instant now) {
        return keepFor != null
                && !Instant.parse(Objects.requireNonNull(source.finishedAt()))
                        .plus(Durations.parse(keepFor))
                        .isAfter(now.plus(MARGIN));
    }

    private StepStatus status(Step step, Instant now) {
        return StepStatusFactory.takenOver(
                Objects.requireNonNull(done.get(step.name())),
                from,
                artifact(step)
                        .map(artifact -> isInRegistry(step, now) ? artifact.withoutPlace() : artifact)
                        .orElse(null),
                now);
    }

    /** Returns the names of the steps that can be taken over with all that they need. */
    private Set<String> taken(Predicate<Step> isKept) {
        var taken = own.steps().stream()
                .filter(step -> isSame(step) && isKept.test(step))
                .map(Step::name)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        while (taken.removeIf(name -> !hasAllItNeeds(step(name), taken))) {
            // Without a step, others lack what they need.
        }
        return taken;
    }

    /** An upload needs its task. The cells of a computed matrix and the reading of its file need each other. */
    private boolean hasAllItNeeds(Step step, Set<String> taken) {
        return step.needs().stream().allMatch(need -> taken.contains(need) || isOfUnpublishedBuild(need))
                && (!(step instanceof Step.MatrixReader reader)
                        || own.steps().stream()
                                .filter(other -> other instanceof Step.Task cell
                                        && cell.spec()
                                                .name()
                                                .equals(reader.spec().name()))
                                .allMatch(cell -> taken.contains(cell.name())));
    }

    /**
     * Whether a need is a part of a build that this run pushes nowhere. Such a build runs again, from the same files and the same
     * spec. What is pushed is not the result that the other run has tested, so tasks that use it run as well.
     */
    private boolean isOfUnpublishedBuild(String need) {
        return switch (ownSteps.get(need)) {
            case Step.Build build -> build.push() == null;
            case Step.ArtifactUpload upload -> isOfUnpublishedBuild(upload.of().name());
            case Step.Index _, Step.Task _, Step.MatrixReader _ -> false;
            case null -> false;
        };
    }

    private boolean isSame(Step step) {
        var other = otherSteps.get(step.name());
        return done.containsKey(step.name())
                && switch (step) {
                    case Step.Build _, Step.Index _ -> false;
                    case Step.Task task ->
                        other instanceof Step.Task same
                                && task.spec().equals(same.spec())
                                && task.cell().equals(same.cell())
                                && dependsOnCommitAlone(task.spec());
                    case Step.MatrixReader reader ->
                        other instanceof Step.MatrixReader same
                                && reader.spec().equals(same.spec())
                                && source.matrices().containsKey(reader.name());
                    case Step.ArtifactUpload upload -> upload.of() instanceof Step.Task;
                };
    }

    /**
     * Whether a task shows nothing that differs by its ref, run or trust. What it reaches in the network may differ: pods of
     * trusted runs reach private ranges. Nothing in the task says so, and it can name its ref to be run. A task that keeps caches
     * runs, so that those of the branch stay as new as its commits.
     */
    private boolean dependsOnCommitAlone(TaskSpec task) {
        return task.secrets().isEmpty()
                && task.caches().isEmpty()
                && task.imageFrom() == null
                && texts(task).noneMatch(text -> OWN_VARIABLES.stream().anyMatch(text::contains));
    }

    private static Stream<String> texts(TaskSpec task) {
        return Stream.concat(
                Stream.of(task.command(), task.env().values()).flatMap(Collection::stream),
                task.services().stream()
                        .flatMap(service -> Stream.of(
                                        service.command(),
                                        service.env().values(),
                                        service.ready().command())
                                .flatMap(Collection::stream)));
    }

    private Step step(String name) {
        return Objects.requireNonNull(ownSteps.get(name));
    }

    /** Returns where the other run has left the artifact of a step. Empty if it has none. */
    private Optional<ArtifactStatus> artifact(Step step) {
        return Optional.ofNullable(done.get(step.name()))
                .flatMap(status -> Optional.ofNullable(status.artifact()))
                .map(artifact -> artifact.asReusedFrom(from));
    }
}
