package dev.hearth.core.run;

import dev.hearth.api.StepStatus;
import dev.hearth.core.isolation.UserNamespaceUse;
import dev.hearth.core.plan.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Stream;

/** What is decided of a run so far. {@link RunDecider} and {@link StepStarter} fill it within one decision. */
final class RunState {
    private final SequencedMap<String, StepStatus> statuses = new LinkedHashMap<>();
    private final SequencedSet<Action> actions = new LinkedHashSet<>();
    private final Map<String, List<Map<String, String>>> matrices = new LinkedHashMap<>();
    private final SequencedSet<UserNamespaceUse> userNamespaces = new LinkedHashSet<>();
    private final List<Instant> checks = new ArrayList<>();
    private final Set<String> withoutNode = new LinkedHashSet<>();

    /** Sets the status of a step, in place of an earlier one. */
    void set(StepStatus status) {
        statuses.put(status.name(), status);
    }

    /** Returns the status of a step. Empty if it is not decided yet. */
    Optional<StepStatus> find(String step) {
        return Optional.ofNullable(statuses.get(step));
    }

    /** Returns the status of a step that is decided, as all needs of a step are when it starts. */
    StepStatus status(String step) {
        return find(step).orElseThrow(() -> new IllegalStateException("step " + step + " is not decided yet"));
    }

    void add(Action action) {
        actions.add(action);
    }

    /** Demands room for a pod that finds no node. */
    void needRoom(String pod) {
        withoutNode.add(pod);
    }

    /** Removes the action that starts a task. */
    void removeStart(Step.Task task) {
        actions.removeIf(action ->
                action instanceof Action.StartTask start && start.task().equals(task));
    }

    /** Returns the actions that start tasks. */
    List<Action.StartTask> starts() {
        return actions.stream()
                .flatMap(action -> action instanceof Action.StartTask start ? Stream.of(start) : Stream.empty())
                .toList();
    }

    /** Puts another action in place of one, as the last. */
    void replace(Action action, Action other) {
        if (actions.remove(action)) {
            actions.add(other);
        }
    }

    void add(UserNamespaceUse use) {
        userNamespaces.add(use);
    }

    /** Adds the cells of a task's matrix that this decision makes a part of the plan. */
    void addMatrix(String task, List<Map<String, String>> cells) {
        matrices.put(task, cells);
    }

    Map<String, List<Map<String, String>>> matrices() {
        return matrices;
    }

    /** Demands another decision at an instant, even if nothing happens before. */
    void checkAt(Instant instant) {
        checks.add(instant);
    }

    /** Returns the decision, with the steps in the order of the plan. */
    RunDecision decision(List<Step> steps) {
        if (!withoutNode.isEmpty()) {
            actions.add(new Action.MakeRoom(Set.copyOf(withoutNode)));
        }
        return new RunDecision(
                steps.stream().map(step -> status(step.name())).toList(),
                List.copyOf(actions),
                Map.copyOf(matrices),
                List.copyOf(userNamespaces),
                checks.stream().min(Instant::compareTo));
    }
}
