package dev.hearth.controller.run;

import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.pod.EndedContainers;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A log that is complete.
 *
 * @param name under which it is kept of the step
 */
record StepLogs(String step, String name, String pod, String container) {

    /**
     * Logs of all containers that have ended. What a step's pod has besides its own container is kept of it too: the daemon
     * that several builds share, of each of them, so that one need not know which step it was kept with.
     */
    static List<StepLogs> of(RunView view) {
        return view.plan().steps().stream()
                .flatMap(step -> switch (step) {
                    case Step.Build build ->
                        of(view, build, Names.buildPod(view.name(), build.platform()), others(view, build));
                    case Step.Task task -> of(view, task, Names.taskPod(view.name(), task.name()), Set.of());
                    case Step.Index _ -> Stream.empty();
                })
                .toList();
    }

    private static Stream<StepLogs> of(RunView view, Step step, String name, Set<String> others) {
        return Optional.ofNullable(view.pods().get(name)).stream()
                .map(EndedContainers::of)
                .flatMap(List::stream)
                .filter(container -> !others.contains(container))
                .map(container -> new StepLogs(step.name(), container, name, container));
    }

    /** Containers of the same pod that are other steps. */
    private static Set<String> others(RunView view, Step.Build build) {
        return view.plan()
                .builds()
                .filter(other -> other.platform().equals(build.platform()))
                .map(Step.Build::container)
                .filter(container -> !container.equals(build.container()))
                .collect(Collectors.toSet());
    }
}
