package dev.hearth.controller.run.results;

import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.observe.ContainerStates;
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
 * The log of a container.
 *
 * @param name name of the log among those of the step in the result store
 * @param earlier whether it is the log before the container's last restart
 * @param trace the trace of a build that is in it; empty if it is not the log of a build's daemon
 */
record StepLog(String step, String name, String pod, String container, boolean earlier, Optional<Trace> trace) {

    /**
     * The trace of a build.
     *
     * @param solve name of the solve in the daemon's log
     * @param file path of the file among those of the step in the result store
     */
    record Trace(String solve, String file) {}

    /**
     * Returns the logs of all containers that have ended. A step also has the logs of the other containers of its pod.
     * Builds that share a daemon each have its log, so that a reader finds it with any of them.
     */
    static List<StepLog> of(RunContext run) {
        return run.plan().steps().stream().flatMap(step -> of(run, step)).toList();
    }

    /** Returns the logs of the containers of a pod that run, for the steps of that pod. */
    static List<StepLog> ofRunning(RunContext run, Pod pod) {
        var role = BuildPod.roleOf(pod);
        return run.plan().steps().stream()
                .filter(step -> Names.pod(run.name(), step, run.attempt(step)).equals(role) && isIn(step, pod))
                .flatMap(step -> ofRunning(step, pod, run.attempt(step), others(run, step)))
                .toList();
    }

    private static Stream<StepLog> ofRunning(Step step, Pod pod, int attempt, Set<String> others) {
        var podName = pod.getMetadata().getName();
        return ContainerStates.running(pod).stream()
                .filter(container -> !others.contains(container) && !container.equals(CollectorContainer.NAME))
                .map(container -> of(step, StoredItem.log(container, attempt), podName, container, attempt, false));
    }

    private static StepLog of(Step step, String name, String pod, String container, int attempt, boolean earlier) {
        var trace = step instanceof Step.Build build && container.equals(BuildPod.DAEMON)
                ? Optional.of(new Trace(build.container(), StoredItem.trace(attempt)))
                : Optional.<Trace>empty();
        return new StepLog(step.name(), name, pod, container, earlier, trace);
    }

    /** Returns the logs of all attempts: a flaky test can only be understood from the log of its failure. */
    private static Stream<StepLog> of(RunContext run, Step step) {
        var others = others(run, step);
        return IntStream.rangeClosed(1, run.attempt(step))
                .boxed()
                .flatMap(attempt -> Stream.ofNullable(run.pods().get(Names.pod(run.name(), step, attempt)))
                        .filter(pod -> isIn(step, pod))
                        .flatMap(pod -> of(step, pod, attempt, others)));
    }

    /** Returns the logs of a pod, without that of the collector, which contains report files. */
    private static Stream<StepLog> of(Step step, Pod pod, int attempt, Set<String> others) {
        var podName = pod.getMetadata().getName();
        var last = ContainerStates.finished(pod).stream()
                .filter(container -> !others.contains(container))
                .map(container -> of(step, StoredItem.log(container, attempt), podName, container, attempt, false));
        var earlier = ContainerStates.restarted(pod).stream()
                .map(container ->
                        of(step, StoredItem.earlierLog(container, attempt), podName, container, attempt, true));
        return Stream.concat(last, earlier).filter(log -> !log.container().equals(CollectorContainer.NAME));
    }

    /** Whether a step runs in the pod of its name. A build that reuses an artifact does not, where its pod is for the others. */
    private static boolean isIn(Step step, Pod pod) {
        return !(step instanceof Step.Build build) || BuildPod.solves(pod, build.container());
    }

    /** Returns the containers of the same pod that run other steps. */
    private static Set<String> others(RunContext run, Step step) {
        return step instanceof Step.Build build
                ? run.plan()
                        .builds()
                        .filter(other -> other.platform().equals(build.platform()))
                        .map(Step.Build::container)
                        .filter(container -> !container.equals(build.container()))
                        .collect(Collectors.toSet())
                : Set.of();
    }
}
