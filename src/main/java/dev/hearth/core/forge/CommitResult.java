package dev.hearth.core.forge;

import dev.hearth.core.forge.CommitStatus.State;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a commit shows for all of its runs.
 *
 * @param ref full name of the ref of the run that decides
 * @param run name of the run whose status it is; empty if it was deleted
 * @param steps what the steps of that run show, those first that are shown first
 * @param otherSteps what the steps show that its other runs have started, the newest first: the forge may still show it
 * @param runs the newest run of each ref
 * @param target where it is shown, for people
 */
public record CommitResult(
        String commit,
        CommitStatus status,
        String ref,
        Optional<String> run,
        List<StepResult> steps,
        List<StepResult> otherSteps,
        List<RunOutcome> runs,
        String target) {
    static final Comparator<RunOutcome> AGE =
            Comparator.comparing(RunOutcome::createdAt).thenComparing(RunOutcome::name);

    public CommitResult {
        steps = List.copyOf(steps);
        otherSteps = List.copyOf(otherSteps);
        runs = List.copyOf(runs);
    }

    /**
     * Returns the results of all commits that have runs, the newest first.
     *
     * <p>Of each ref the newest run counts. Anybody can point a pull request at a commit of another ref: if there are runs of
     * trusted refs, only they count. Of these, runs that have not started or are superseded count only if there are no others,
     * so that a pull request of a stranger that waits holds up no other at its commit. The worst result decides. A result that
     * was shown for all of these runs stays, so that no failure vanishes with the run that had it.
     */
    public static List<CommitResult> of(Collection<RunOutcome> runs, String target) {
        return runs.stream()
                .sorted(AGE.reversed())
                .collect(Collectors.groupingBy(RunOutcome::commit, LinkedHashMap::new, Collectors.toList()))
                .values()
                .stream()
                .map(ofCommit -> ofCommit(ofCommit, target))
                .toList();
    }

    private static CommitResult ofCommit(List<RunOutcome> newestFirst, String target) {
        var newest = new LinkedHashMap<String, RunOutcome>();
        newestFirst.forEach(run -> newest.putIfAbsent(run.ref(), run));
        var all = List.copyOf(newest.values());
        var trusted = preferred(all, RunOutcome::trusted);
        var counted = preferred(preferred(trusted, RunOutcome::started), run -> !run.superseded());
        var deciding = counted.stream()
                .min(Comparator.comparing((RunOutcome run) -> run.status().state())
                        .thenComparing(AGE.reversed()))
                .orElseThrow();
        var status = shown(all, target).orElse(deciding.status());
        var run = Optional.of(deciding).filter(it -> it.status().equals(status));
        return new CommitResult(
                deciding.commit(),
                status,
                deciding.ref(),
                run.map(RunOutcome::name),
                run.map(RunOutcome::steps).orElse(List.of()),
                newestFirst.stream()
                        .filter(other -> !other.equals(deciding))
                        .flatMap(other -> other.steps().stream().limit(ReportPlan.MOST_STEPS))
                        .filter(step -> !step.waits())
                        .toList(),
                all,
                target);
    }

    /** Returns the runs that have a property, or all if none has it. */
    private static List<RunOutcome> preferred(List<RunOutcome> runs, Predicate<RunOutcome> property) {
        var preferred = runs.stream().filter(property).toList();
        return preferred.isEmpty() ? runs : preferred;
    }

    /** Returns the final status that was shown at the target for all of the runs. */
    private static Optional<CommitStatus> shown(List<RunOutcome> runs, String target) {
        var texts = runs.stream().map(RunOutcome::reported).collect(Collectors.toSet());
        var end = " (" + target + ")";
        var finished = runs.stream().allMatch(run -> run.finishedAt().isPresent());
        return finished && texts.size() == 1
                ? texts.iterator()
                        .next()
                        .filter(text -> text.endsWith(end))
                        .flatMap(text -> CommitStatus.parse(text.substring(0, text.length() - end.length())))
                : Optional.empty();
    }

    /** Returns the result of a commit whose runs were deleted before the forge showed how they ended. */
    static CommitResult ofDeletedRuns(String commit) {
        return new CommitResult(
                commit,
                new CommitStatus(State.Cancelled, "its runs were deleted"),
                "",
                Optional.empty(),
                List.of(),
                List.of(),
                List.of(),
                "");
    }

    /** Returns when the last run finished. Empty if one has not. */
    public Optional<Instant> finishedAt() {
        return runs.stream().allMatch(run -> run.finishedAt().isPresent())
                ? runs.stream().flatMap(run -> run.finishedAt().stream()).max(Comparator.naturalOrder())
                : Optional.empty();
    }

    /** Returns the digest of what an approval of the run would be for. Empty if it waits for none. */
    public Optional<String> digest() {
        return deciding().flatMap(RunOutcome::digest);
    }

    /** Returns whether the run that decides has no steps yet, so that it is not known whether an earlier one's are its own. */
    boolean awaitsSteps() {
        return steps.isEmpty()
                && status.state() != State.Skipped
                && deciding().filter(it -> it.finishedAt().isEmpty()).isPresent();
    }

    /** Returns whether the run that decides was skipped and its steps are not known: they are in a definition that was not read. */
    boolean isSkippedWithoutSteps() {
        return steps.isEmpty()
                && (status.state() == State.Skipped || status.state() == State.Success)
                && deciding().isPresent();
    }

    private Optional<RunOutcome> deciding() {
        return runs.stream()
                .filter(it -> run.filter(it.name()::equals).isPresent())
                .findFirst();
    }

    /**
     * Returns what a check run of a step shows beside its status. It differs from that of each earlier run if the step has ended
     * without success: GitHub tells apart presses of "Re-run" by the check run alone. Null if any details are right.
     */
    public @Nullable CheckDetails details(StepResult step) {
        return switch (step.status().state()) {
            case Failure, Cancelled ->
                steps.contains(step)
                        ? run.map(name -> new CheckDetails(step.status().description(), List.of(), false, name))
                                .orElse(null)
                        : null;
            case Running, Waiting, NeedsApproval, Skipped, Success -> null;
        };
    }

    /** Returns the status and where it is shown, for the annotation of its runs. */
    public String text() {
        return status + " (" + target + ")";
    }

    /** Returns whether an earlier process has already reported this status. */
    public boolean isReported() {
        return status.state().isFinal()
                && !runs.isEmpty()
                && runs.stream()
                        .allMatch(run -> run.reported().filter(text()::equals).isPresent());
    }
}
