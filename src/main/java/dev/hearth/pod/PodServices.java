package dev.hearth.pod;

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

    /** A line on each that had ended before the command did, which may be why that failed; empty if none had. */
    static String deaths(Pod pod, String command) {
        var until = PodStatuses.ended(pod, command)
                .map(ContainerStateTerminated::getFinishedAt)
                .orElse("");
        return of(pod).flatMap(container -> PodStatuses.of(pod, container.getName()).stream()
                        .flatMap(PodStatuses::ends)
                        // Both are the kubelet's times, to the second, in one format; the pod's end ends services too.
                        .filter(ended -> Objects.requireNonNullElse(ended.getFinishedAt(), until)
                                        .compareTo(until)
                                < 0)
                        .limit(1)
                        .map(ended -> "service " + ServiceContainer.service(container) + " had ended with exit code "
                                + ended.getExitCode() + " while the command ran\n"))
                .collect(Collectors.joining());
    }

    /** Container of the first that is not ready; those after it have not begun. */
    public static Optional<String> unready(Pod pod) {
        return of(pod).map(Container::getName)
                .filter(name -> PodStatuses.of(pod, name)
                        .map(status -> !Boolean.TRUE.equals(status.getStarted()))
                        .orElse(true))
                .findFirst();
    }

    /** Whether what that one said before it ended is in the log of its run before. */
    public static boolean wasRestarted(Pod pod) {
        return unready(pod)
                .flatMap(name -> PodStatuses.of(pod, name))
                .filter(status ->
                        status.getRestartCount() > 0 && status.getState().getTerminated() == null)
                .isPresent();
    }
}
