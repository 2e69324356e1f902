package dev.hearth.core.forge;

import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.ref.GitRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a commit shows for all of its runs.
 *
 * @param branch short name of the branch or tag that the runs are of; empty for pull requests
 * @param runs runs that decide it: the newest of each ref
 */
public record CommitResult(String commit, CommitStatus status, Optional<String> branch, List<RunOutcome> runs) {
    private static final Comparator<RunOutcome> AGE =
            Comparator.comparing(RunOutcome::createdAt).thenComparing(RunOutcome::name);

    public CommitResult {
        runs = List.copyOf(runs);
    }

    /**
     * Returns the results of all commits that have runs, the newest first.
     *
     * <p>Of each ref the newest run counts. Anybody can point a pull request at a commit of another ref: if there are runs of
     * trusted refs, only they count. The worst result decides, and superseded runs only if there are no others.
     */
    public static List<CommitResult> of(Collection<RunOutcome> runs) {
        return runs.stream()
                .sorted(AGE.reversed())
                .collect(Collectors.groupingBy(RunOutcome::commit, LinkedHashMap::new, Collectors.toList()))
                .values()
                .stream()
                .map(CommitResult::ofCommit)
                .toList();
    }

    private static CommitResult ofCommit(List<RunOutcome> newestFirst) {
        var newest = new LinkedHashMap<String, RunOutcome>();
        newestFirst.forEach(run -> newest.putIfAbsent(run.ref(), run));
        var counted = preferred(preferred(List.copyOf(newest.values()), RunOutcome::trusted), run -> !run.superseded());
        var deciding = counted.stream()
                .min(Comparator.comparing((RunOutcome run) -> run.status().state())
                        .thenComparing(AGE.reversed()))
                .orElseThrow();
        return new CommitResult(deciding.commit(), deciding.status(), branch(deciding.ref()), counted);
    }

    /** Returns the runs that have a property, or all if none has it. */
    private static List<RunOutcome> preferred(List<RunOutcome> runs, Predicate<RunOutcome> property) {
        var preferred = new ArrayList<>(runs);
        preferred.removeIf(property.negate());
        return preferred.isEmpty() ? runs : preferred;
    }

    private static Optional<String> branch(String ref) {
        var parsed = GitRef.of(ref);
        return switch (parsed.kind()) {
            case BRANCH, TAG -> Optional.of(parsed.shortName());
            case PULL_REQUEST, OTHER -> Optional.empty();
        };
    }

    /** Returns the result of a commit whose runs were deleted before the forge showed how they ended. */
    static CommitResult ofDeletedRuns(String commit) {
        return new CommitResult(
                commit, new CommitStatus(State.Cancelled, "its runs were deleted"), Optional.empty(), List.of());
    }

    /** Returns when the last run finished. Empty if one has not. */
    public Optional<Instant> finishedAt() {
        return runs.stream().allMatch(run -> run.finishedAt().isPresent())
                ? runs.stream().flatMap(run -> run.finishedAt().stream()).max(Comparator.naturalOrder())
                : Optional.empty();
    }

    /** Returns whether an earlier process has already reported this status. */
    public boolean isReported() {
        var text = status.toString();
        return status.state().isFinal()
                && !runs.isEmpty()
                && runs.stream().allMatch(run -> Objects.equals(run.reported().orElse(null), text));
    }
}
