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
 * Whether a run's status has room for the legs that a task is found to have. Decided here, one list after another, since
 * several may be read at the same time.
 *
 * @param known lists that are part of the plan
 * @param found lists that will be, by this decision
 */
record MatrixSizeLimit(
        Plan plan, Map<String, List<Map<String, String>>> known, Map<String, List<Map<String, String>>> found) {
    /** Bytes of all lists of legs as JSON. */
    static final long MOST = 64 << 10;

    Optional<StatusReason> refusal(String task, List<Map<String, String>> legs) {
        var others = plan.steps().stream().filter(Step.Task.class::isInstance).count()
                + found.values().stream().mapToLong(List::size).sum();
        if (legs.size() + others > MatrixExpansion.MOST) {
            return Optional.of(invalid("with the legs of other tasks there are " + (legs.size() + others)
                    + ", and a run has " + MatrixExpansion.MOST + " at most"));
        }
        var all = new HashMap<>(known);
        all.putAll(found);
        all.put(task, legs);
        var bytes = JsonSize.of(all);
        return bytes > MOST
                ? Optional.of(invalid("with the lists of other tasks its legs take " + (bytes + 1023) / 1024
                        + " KiB as JSON, and a run keeps " + MOST / 1024
                        + " KiB of them at most: shorten the values of the legs, or list fewer legs"))
                : Optional.empty();
    }

    private static StatusReason invalid(String what) {
        return new StatusReason(Reason.ListFileInvalid, "the list of its legs is too long: " + what);
    }
}
