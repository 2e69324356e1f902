package dev.hearth.core.run;

import dev.hearth.api.StepStatus;
import java.util.List;
import java.util.Map;

/**
 * What a run of a branch takes over from a run of the branch's merge queue.
 *
 * @param from name of that run
 * @param uid of that run
 * @param steps statuses of the steps that are taken over, in the order of the plan
 * @param matrices cells of their computed matrices, by task
 */
public record TakeOver(
        String from, String uid, List<StepStatus> steps, Map<String, List<Map<String, String>>> matrices) {
    public TakeOver {
        steps = List.copyOf(steps);
        matrices = Map.copyOf(matrices);
    }
}
