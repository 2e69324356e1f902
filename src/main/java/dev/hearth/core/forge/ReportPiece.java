package dev.hearth.core.forge;

import dev.hearth.core.forge.ReportPlan.Shown;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one piece of work reports. Results that the forge does not show come before steps, which nobody may require, and before
 * what is compared again.
 *
 * @param due the results to compare
 * @param steps how many statuses of steps may be written
 */
public record ReportPiece(List<CommitResult> due, int steps) {
    /** The next piece begins with the newest results. */
    private static final int MOST = 10;

    public ReportPiece {
        due = List.copyOf(due);
    }

    /**
     * Decides.
     *
     * @param due all results that are due, the newest first
     * @param shown what this process has seen or written, by commit
     */
    public static ReportPiece of(List<CommitResult> due, Map<String, Shown> shown, StepAllowance allowance) {
        Predicate<CommitResult> urgent = result -> !showsResult(shown.get(result.commit()), result);
        var first = due.stream().filter(urgent).toList();
        var others = due.stream()
                .filter(urgent.negate())
                .filter(result -> allowance.left() > 0 || !lacksSteps(shown.get(result.commit()), result));
        return new ReportPiece(
                Stream.concat(first.stream(), others).limit(MOST).toList(), first.size() > MOST ? 0 : allowance.left());
    }

    private static boolean showsResult(@Nullable Shown seen, CommitResult result) {
        return seen != null
                && seen.status().equals(result.status())
                && seen.digest().equals(result.digest());
    }

    private static boolean lacksSteps(@Nullable Shown seen, CommitResult result) {
        return seen != null && !seen.steps().equals(ReportPlan.steps(result, seen));
    }
}
