package dev.hearth.core.run;

import dev.hearth.api.StepStatus;
import dev.hearth.core.isolation.UserNamespaceUse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The status of each step, and the actions to take now.
 *
 * @param matrices cells of computed matrices that become a part of the plan, by task
 * @param userNamespaces whether the pods that start have user namespaces of their own
 * @param nextCheck when to decide again if nothing happens before
 */
public record RunDecision(
        List<StepStatus> steps,
        List<Action> actions,
        Map<String, List<Map<String, String>>> matrices,
        List<UserNamespaceUse> userNamespaces,
        Optional<Instant> nextCheck) {

    public RunDecision {
        steps = List.copyOf(steps);
        actions = List.copyOf(actions);
        matrices = Map.copyOf(matrices);
        userNamespaces = List.copyOf(userNamespaces);
    }

    public boolean finished() {
        return steps.stream().allMatch(step -> step.state().isFinal());
    }
}
