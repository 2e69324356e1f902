package dev.hearth.pod.observe;

import dev.hearth.core.text.PlainText;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** What the kubelet says of a pod's containers, with everything that may be missing taken care of. */
final class ContainerStates {
    private ContainerStates() {}

    static Stream<ContainerStatus> all(Pod pod) {
        return pod.getStatus() == null
                ? Stream.empty()
                : Stream.of(
                                pod.getStatus().getInitContainerStatuses(),
                                pod.getStatus().getContainerStatuses())
                        .filter(Objects::nonNull)
                        .flatMap(List::stream);
    }

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

    /** Of a container that may have been begun anew: its run before, and this one, as far as they have ended. */
    static Stream<ContainerStateTerminated> ends(ContainerStatus status) {
        return Stream.of(Optional.ofNullable(status.getLastState()), Optional.ofNullable(status.getState()))
                .flatMap(Optional::stream)
                .map(ContainerState::getTerminated)
                .filter(Objects::nonNull);
    }

    /** The end of somebody else's log, made plain. */
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

    /** When the pod got its node, and so when its images began to be pulled. */
    static Instant since(Pod pod) {
        return Instant.parse(condition(pod, "PodScheduled")
                .map(PodCondition::getLastTransitionTime)
                .orElse(pod.getMetadata().getCreationTimestamp()));
    }

    /** When the last of its containers ended. */
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
}
