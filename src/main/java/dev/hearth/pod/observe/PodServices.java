package dev.hearth.pod.observe;

import dev.hearth.pod.task.ServiceContainer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the states of the services of a task pod. */
public final class PodServices {
    private PodServices() {}

    static Stream<Container> of(Pod pod) {
        return pod.getSpec() == null
                ? Stream.empty()
                : pod.getSpec().getInitContainers().stream().filter(ServiceContainer::isService);
    }

    /**
     * Returns a line for each service that ended while the command ran, or the empty string if none did. That may be
     * why the command failed, and a command that succeeded may have tested less than it seems.
     */
    static String deaths(Pod pod, String command) {
        var ended = ContainerStates.ended(pod, command);
        var since = ended.map(ContainerStateTerminated::getStartedAt).orElse("");
        var until = ended.map(ContainerStateTerminated::getFinishedAt).orElse("");
        return of(pod).flatMap(container -> ContainerStates.of(pod, container.getName()).stream()
                        .flatMap(ContainerStates::ends)
                        // All times are the kubelet's and have one format, so that their texts can be compared.
                        // Services that ended after the command are not listed: the kubelet ends them.
                        .filter(end -> isBetween(since, Objects.requireNonNullElse(end.getFinishedAt(), until), until))
                        .limit(1)
                        .map(end -> "service " + ServiceContainer.service(container) + " ended with exit code "
                                + end.getExitCode() + " while the command ran\n"))
                .collect(Collectors.joining());
    }

    private static boolean isBetween(String since, String time, String until) {
        return time.compareTo(since) >= 0 && time.compareTo(until) < 0;
    }

    /** Returns the container of the first service that is not ready. The services after it have not started. */
    public static Optional<String> unready(Pod pod) {
        return of(pod).map(Container::getName)
                .filter(name -> ContainerStates.of(pod, name)
                        .map(status -> !Boolean.TRUE.equals(status.getStarted()))
                        .orElse(true))
                .findFirst();
    }

    /**
     * Whether the first service that is not ready was restarted, so that its error is in the log of its previous run.
     */
    public static boolean wasRestarted(Pod pod) {
        return unready(pod)
                .flatMap(name -> ContainerStates.of(pod, name))
                .filter(status ->
                        status.getRestartCount() > 0 && status.getState().getTerminated() == null)
                .isPresent();
    }
}
