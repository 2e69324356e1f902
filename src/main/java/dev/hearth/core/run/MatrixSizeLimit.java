package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.core.plan.MatrixExpansion;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.JsonSize;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checks whether a run's status has room for the cells of a computed matrix. Matrices are checked one after another, since
 * several may be read at the same time.
 *
 * @param known cells that are a part of the plan, by task
 * @param found cells that the same decision makes a part of the plan, by task
 */
record MatrixSizeLimit(
        Plan plan, Map<String, List<Map<String, String>>> known, Map<String, List<Map<String, String>>> found) {
    /** Bytes of all matrices as JSON. */
    static final long MAX_BYTES = 64 << 10;

    /** Returns why the cells of a task are too many or too large. Empty if they are not. */
    Optional<StatusReason> check(String task, List<Map<String, String>> cells) {
        var others = plan.steps().stream().filter(Step.Task.class::isInstance).count()
                + found.values().stream().mapToLong(List::size).sum();
        if (cells.size() + others > MatrixExpansion.MAX_CELLS) {
            return Optional.of(tooLarge("with the cells of other tasks there are " + (cells.size() + others)
                    + ", and a run has " + MatrixExpansion.MAX_CELLS + " at most"));
        }
        var all = new HashMap<>(known);
        all.putAll(found);
        all.put(task, cells);
        var bytes = JsonSize.of(all);
        return bytes > MAX_BYTES
                ? Optional.of(tooLarge("with the cells of other tasks they take " + (bytes + 1023) / 1024
                        + " KiB as JSON, and the limit is " + MAX_BYTES / 1024
                        + " KiB for all of them: shorten the values, or list fewer cells"))
                : Optional.empty();
    }

    private static StatusReason tooLarge(String what) {
        return new StatusReason(Reason.ListFileInvalid, "the file lists too many matrix cells: " + what);
    }
}
