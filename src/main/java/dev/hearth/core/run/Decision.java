package dev.hearth.core.run;

import dev.hearth.api.StepStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where every step stands and what to do now.
 *
 * @param lookAgain when time alone could change the decision, if nothing happens before
 */
public record Decision(List<StepStatus> steps, List<Action> actions, Optional<Instant> lookAgain) {

    public Decision {
        steps = List.copyOf(steps);
        actions = List.copyOf(actions);
    }

    public boolean finished() {
        return steps.stream().allMatch(step -> step.state().isFinal());
    }
}
