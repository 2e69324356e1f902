package dev.hearth.pod.observe;

import dev.hearth.core.text.PlainText;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the states of a pod's containers. Fields of a pod's status that are missing count as empty. */
public final class ContainerStates {
    private ContainerStates() {}

    /** Returns the states of all containers, init containers first. */
    static Stream<ContainerStatus> all(Pod pod) {
        return pod.getStatus() == null
                ? Stream.empty()
                : Stream.of(
                                pod.getStatus().getInitContainerStatuses(),
                                pod.getStatus().getContainerStatuses())
                        .filter(Objects::nonNull)
                        .flatMap(List::stream);
    }

    /** Returns the states of the init containers, which include sidecars. */
    static Stream<ContainerStatus> init(Pod pod) {
        return pod.getStatus() == null
                ? Stream.empty()
                : Stream.ofNullable(pod.getStatus().getInitContainerStatuses()).flatMap(List::stream);
    }

    static Optional<ContainerStatus> of(Pod pod, String container) {
        return all(pod).filter(status -> status.getName().equals(container) && status.getState() != null)
                .findFirst();
    }

    static Optional<ContainerStateTerminated> ended(Pod pod, String container) {
        return of(pod, container).map(status -> status.getState().getTerminated());
    }

    /** Returns how the previous and the current run of a container ended, if they did. */
    static Stream<ContainerStateTerminated> ends(ContainerStatus status) {
        return Stream.of(Optional.ofNullable(status.getLastState()), Optional.ofNullable(status.getState()))
                .flatMap(Optional::stream)
                .map(ContainerState::getTerminated)
                .filter(Objects::nonNull);
    }

    /** Returns a termination message without control characters. It is part of the log of a user's command. */
    static String message(ContainerStateTerminated ended) {
        return PlainText.of(Objects.requireNonNullElse(ended.getMessage(), "")).strip();
    }

    static Optional<PodCondition> condition(Pod pod, String type) {
        return pod.getStatus() == null || pod.getStatus().getConditions() == null
                ? Optional.empty()
                : pod.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals(type))
                        .findFirst();
    }

    /**
     * Returns when the pod was scheduled, or when a run took it if that was later. From then on, the kubelet pulls its images
     * for the run.
     */
    static Instant since(Pod pod) {
        return sinceTaken(
                pod,
                Instant.parse(condition(pod, "PodScheduled")
                        .map(PodCondition::getLastTransitionTime)
                        .orElse(pod.getMetadata().getCreationTimestamp())));
    }

    /**
     * Returns a time, or when a run took the pod if that was later: what was before was not for the run. The annotation is limited
     * as a time of the pod's status is, and one that is no time counts as none.
     */
    static Instant sinceTaken(Pod pod, Instant time) {
        return takenAt(pod)
                .map(taken -> ServerTimes.bound(pod, taken))
                .filter(time::isBefore)
                .orElse(time);
    }

    private static Optional<Instant> takenAt(Pod pod) {
        try {
            return Optional.ofNullable(pod.getMetadata().getAnnotations())
                    .map(annotations -> annotations.get(ObjectLabels.TAKEN_AT))
                    .map(Instant::parse);
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }

    /** Returns when the last of the pod's containers ended, or when the pod was scheduled if none did. */
    static Instant finishedAt(Pod pod) {
        return all(pod).map(ContainerStatus::getState)
                .filter(state -> state != null && state.getTerminated() != null)
                .map(ContainerState::getTerminated)
                .map(ContainerStateTerminated::getFinishedAt)
                .filter(Objects::nonNull)
                .map(Instant::parse)
                .max(Instant::compareTo)
                .orElseGet(() -> since(pod));
    }

    /**
     * Returns the names of the containers that have ended and whose logs are complete, in the order of the pod. A
     * sidecar can start again until its pod has finished. Containers that never started are left out.
     */
    public static List<String> finished(Pod pod) {
        var sidecars = pod.getSpec().getInitContainers().stream()
                .filter(container -> "Always".equals(container.getRestartPolicy()))
                .map(Container::getName)
                .collect(Collectors.toSet());
        return all(pod).filter(ContainerStates::hasLog)
                .map(ContainerStatus::getName)
                .filter(name -> !sidecars.contains(name) || PodReader.hasFinished(pod))
                .toList();
    }

    /** Returns the names of the containers that run. */
    public static List<String> running(Pod pod) {
        return all(pod).filter(
                        status -> status.getState() != null && status.getState().getRunning() != null)
                .map(ContainerStatus::getName)
                .toList();
    }

    /** Returns the names of the sidecars that were restarted, of which the kubelet has the log of the previous run. */
    public static List<String> restarted(Pod pod) {
        return init(pod)
                .filter(status -> Objects.requireNonNullElse(status.getRestartCount(), 0) > 0
                        && status.getLastState() != null
                        && status.getLastState().getTerminated() != null)
                .map(ContainerStatus::getName)
                .toList();
    }

    /** Whether a container has run and ended. One that never started has no container ID, and no log. */
    private static boolean hasLog(ContainerStatus status) {
        return status.getState() != null
                && status.getState().getTerminated() != null
                && status.getState().getTerminated().getContainerID() != null;
    }
}
