package dev.hearth.pod.observe;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which containers of a pod have said all that they will. */
public final class FinishedContainers {
    private FinishedContainers() {}

    /** Their names, in the order of the pod; none that never began. A sidecar may begin again until its pod is over. */
    public static List<String> of(Pod pod) {
        if (pod.getStatus() == null) {
            return List.of();
        }
        var sidecars = pod.getSpec().getInitContainers().stream()
                .filter(container -> "Always".equals(container.getRestartPolicy()))
                .map(Container::getName)
                .collect(Collectors.toSet());
        return Stream.of(
                        pod.getStatus().getInitContainerStatuses(),
                        pod.getStatus().getContainerStatuses())
                .flatMap(List::stream)
                .filter(FinishedContainers::hasEnded)
                .map(ContainerStatus::getName)
                .filter(name -> !sidecars.contains(name) || PodReader.isOver(pod))
                .toList();
    }

    /** Names of sidecars that began again, so that the kubelet has a log of the time before. */
    public static List<String> restarted(Pod pod) {
        return ContainerStates.init(pod)
                .filter(status -> Objects.requireNonNullElse(status.getRestartCount(), 0) > 0
                        && status.getLastState() != null
                        && status.getLastState().getTerminated() != null)
                .map(ContainerStatus::getName)
                .toList();
    }

    private static boolean hasEnded(ContainerStatus status) {
        return status.getState() != null
                && status.getState().getTerminated() != null
                && status.getState().getTerminated().getContainerID() != null;
    }
}
