package dev.hearth.controller.run.results;

import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.StepPodName;
import dev.hearth.pod.observe.FinishedContainers;
import dev.hearth.pod.task.CollectorContainer;
import dev.hearth.results.StoredItem;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A log that is complete.
 *
 * @param name under which it is kept of the step
 * @param earlier whether it is of the time before the container was started again
 */
record StepLog(String step, String name, String pod, String container, boolean earlier) {

    /**
     * Logs of all containers that have ended. What a step's pod has besides its own container is kept of it too: the daemon
     * that several builds share, of each of them, so that one need not know which step it was kept with.
     */
    static List<StepLog> of(RunContext view) {
        return view.plan().steps().stream().flatMap(step -> of(view, step)).toList();
    }

    /** Of every attempt: a test that passes when it is repeated is a riddle without the log of the time before. */
    private static Stream<StepLog> of(RunContext view, Step step) {
        var others = step instanceof Step.Build build ? others(view, build) : Set.<String>of();
        return IntStream.rangeClosed(1, view.attempt(step))
                .boxed()
                .flatMap(attempt ->
                        StepPodName.name(view.name(), step, attempt)
                                .flatMap(name -> Optional.ofNullable(view.pods().get(name)))
                                .stream()
                                .flatMap(pod -> of(step, pod, attempt, others)));
    }

    /** What is kept of a task is no log. */
    private static Stream<StepLog> of(Step step, Pod pod, int attempt, Set<String> others) {
        var podName = pod.getMetadata().getName();
        var last = FinishedContainers.of(pod).stream()
                .filter(container -> !others.contains(container))
                .map(container ->
                        new StepLog(step.name(), StoredItem.log(container, attempt), podName, container, false));
        var earlier = FinishedContainers.restarted(pod).stream()
                .map(container ->
                        new StepLog(step.name(), StoredItem.earlierLog(container, attempt), podName, container, true));
        return Stream.concat(last, earlier).filter(log -> !log.container().equals(CollectorContainer.NAME));
    }

    /** Containers of the same pod that are other steps. */
    private static Set<String> others(RunContext view, Step.Build build) {
        return view.plan()
                .builds()
                .filter(other -> other.platform().equals(build.platform()))
                .map(Step.Build::container)
                .filter(container -> !container.equals(build.container()))
                .collect(Collectors.toSet());
    }
}
