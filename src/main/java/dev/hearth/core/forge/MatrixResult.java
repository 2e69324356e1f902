package dev.hearth.core.forge;

import dev.hearth.core.forge.CommitStatus.State;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides what a commit shows for a task with matrix cells. */
final class MatrixResult {
    private MatrixResult() {}

    /**
     * Returns the status of a task: it goes on until all of its cells have ended, and then the worst of them decides.
     *
     * @param reader what the step shows that reads the cells from a file, and says nothing of them; null if they are listed
     * @param cells what the steps of the cells show, at least one
     */
    static CommitStatus of(@Nullable CommitStatus reader, List<CommitStatus> cells) {
        if (cells.stream().anyMatch(MatrixResult::isOpen)) {
            return reader == null && cells.stream().allMatch(cell -> cell.state() == State.Waiting)
                    ? cells.getFirst()
                    : new CommitStatus(State.Running, "running");
        }
        if (cells.stream().distinct().count() == 1) {
            return cells.getFirst();
        }
        var worst = cells.stream()
                .map(CommitStatus::state)
                .min(Comparator.naturalOrder())
                .orElseThrow();
        var number = cells.stream().filter(cell -> cell.state() == worst).count();
        return new CommitStatus(
                worst,
                switch (worst) {
                    case Failure -> number + " of " + cells.size() + " steps failed";
                    case Cancelled -> number + " of " + cells.size() + " steps were cancelled or not run";
                    case Running, Waiting, NeedsApproval, Skipped, Success -> cells.size() + " steps passed";
                });
    }

    private static boolean isOpen(CommitStatus cell) {
        return cell.state() == State.Waiting || cell.state() == State.Running;
    }
}
