package dev.hearth.pod.observe;

import dev.hearth.pod.task.ServiceContainer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The services of a task's pod. */
public final class PodServices {
    private PodServices() {}

    static Stream<Container> of(Pod pod) {
        return pod.getSpec() == null
                ? Stream.empty()
                : pod.getSpec().getInitContainers().stream().filter(ServiceContainer::isOne);
    }

    /**
     * A line on each that ended while the command ran; empty if none did. It may be why the command failed, and a command
     * that went well may have tested less than it seems.
     */
    static String deaths(Pod pod, String command) {
        var ended = ContainerStates.ended(pod, command);
        var since = ended.map(ContainerStateTerminated::getStartedAt).orElse("");
        var until = ended.map(ContainerStateTerminated::getFinishedAt).orElse("");
        return of(pod).flatMap(container -> ContainerStates.of(pod, container.getName()).stream()
                        .flatMap(ContainerStates::ends)
                        // Both are the kubelet's times, to the second, in one format; the pod's end ends services too.
                        .filter(end -> isBetween(since, Objects.requireNonNullElse(end.getFinishedAt(), until), until))
                        .limit(1)
                        .map(end -> "service " + ServiceContainer.service(container) + " had ended with exit code "
                                + end.getExitCode() + " while the command ran\n"))
                .collect(Collectors.joining());
    }

    private static boolean isBetween(String since, String time, String until) {
        return time.compareTo(since) >= 0 && time.compareTo(until) < 0;
    }

    /** Container of the first that is not ready; those after it have not begun. */
    public static Optional<String> unready(Pod pod) {
        return of(pod).map(Container::getName)
                .filter(name -> ContainerStates.of(pod, name)
                        .map(status -> !Boolean.TRUE.equals(status.getStarted()))
                        .orElse(true))
                .findFirst();
    }

    /** Whether what that one said before it ended is in the log of its run before. */
    public static boolean wasRestarted(Pod pod) {
        return unready(pod)
                .flatMap(name -> ContainerStates.of(pod, name))
                .filter(status ->
                        status.getRestartCount() > 0 && status.getState().getTerminated() == null)
                .isPresent();
    }
}
