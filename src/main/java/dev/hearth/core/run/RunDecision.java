package dev.hearth.core.run;

import dev.hearth.api.StepStatus;
import dev.hearth.core.isolation.UserNamespaceUse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where every step stands and what to do now.
 *
 * @param matrices legs that were found out, by task, besides those known before
 * @param users whether the pods that are to start have user namespaces of their own
 * @param nextCheck when time alone could change the decision, if nothing happens before
 */
public record RunDecision(
        List<StepStatus> steps,
        List<Action> actions,
        Map<String, List<Map<String, String>>> matrices,
        List<UserNamespaceUse> users,
        Optional<Instant> nextCheck) {

    public RunDecision {
        steps = List.copyOf(steps);
        actions = List.copyOf(actions);
        matrices = Map.copyOf(matrices);
        users = List.copyOf(users);
    }

    public boolean finished() {
        return steps.stream().allMatch(step -> step.state().isFinal());
    }
}
