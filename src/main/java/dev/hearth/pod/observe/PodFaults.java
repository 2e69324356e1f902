package dev.hearth.pod.observe;

import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.Trust;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Tells what the cluster did to a pod from what its command did. Reasons of a pod's status are the kubelet's
 * (pkg/kubelet: Evicted, OutOfcpu, NodeAffinity...), those of the condition DisruptionTarget the scheduler's and the
 * controllers' (https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions).
 */
final class PodFaults {
    private PodFaults() {}

    /** A failure and whose it is. */
    record Fault(Failure kind, StatusReason why) {

        /** With what the command said last, which tells where it was. */
        Fault withLog(String log) {
            return log.isBlank() ? this : new Fault(kind, new StatusReason(why.reason(), why.message() + "\n" + log));
        }

        /** With what may have stopped it in this pod's network. */
        Fault in(Pod pod) {
            var labels = Objects.requireNonNullElse(pod.getMetadata().getLabels(), Map.<String, String>of());
            return Trust.Untrusted.name().equals(labels.get(ObjectLabels.TRUST))
                    ? new Fault(kind, ClosedNetworkHint.explained(why))
                    : this;
        }

        /** Of a command, or of what a Dockerfile names: some reasons of solves are no error in a step. */
        static Fault of(StatusReason why) {
            return new Fault(
                    switch (why.reason()) {
                        case "OverlayRefused", "DaemonLost", "StorageFull" -> Failure.Infrastructure;
                        case "SolveTimedOut" -> Failure.Timeout;
                        case "VolumeFull",
                                "DockerfileNotFound",
                                "TargetNotFound",
                                "PushFailed",
                                "PublishFailed",
                                "ListMissing" -> Failure.Setup;
                        default -> Failure.Command;
                    },
                    why);
        }
    }

    /** What was done to the pod as a whole. */
    static Optional<Fault> of(Pod pod) {
        var disrupted = ContainerStates.condition(pod, "DisruptionTarget")
                .filter(condition -> "True".equals(condition.getStatus()))
                .map(condition -> infrastructure(
                        switch (Objects.requireNonNullElse(condition.getReason(), "")) {
                            case "PreemptionByScheduler" -> "Preempted";
                            case "DeletionByTaintManager", "DeletionByPodGC" -> "NodeLost";
                            default -> "Evicted";
                        },
                        condition.getMessage()));
        var reason = pod.getStatus().getReason();
        if ("DeadlineExceeded".equals(reason)) {
            return Optional.of(timedOut());
        }
        if (disrupted.isPresent()) {
            return disrupted;
        }
        if (reason != null) {
            return Optional.of(infrastructure(reason, pod.getStatus().getMessage()));
        }
        // Whoever deletes a pod ends its command: that is no failure of the command.
        return pod.getMetadata().getDeletionTimestamp() == null
                ? Optional.empty()
                : Optional.of(infrastructure("PodDeleted", "somebody deleted the pod while its step ran"));
    }

    /** What was done to one container. */
    static Optional<Fault> killed(Pod pod, String container, ContainerStateTerminated ended, String message) {
        return switch (Objects.requireNonNullElse(ended.getReason(), "")) {
            case "OOMKilled" ->
                Optional.of(
                        hasMemoryLimit(pod, container)
                                ? new Fault(
                                        Failure.OutOfMemory,
                                        new StatusReason(
                                                "OutOfMemory",
                                                "the container used more memory than its limit\n" + message))
                                : infrastructure(
                                        "NodeOutOfMemory",
                                        "the node had no memory left, and the container has no limit of its own\n"
                                                + message));
            case "StartError", "ContainerCannotRun" ->
                Optional.of(new Fault(Failure.Setup, new StatusReason("CannotStart", message)));
            default -> Optional.empty();
        };
    }

    static Fault timedOut() {
        return new Fault(
                Failure.Timeout,
                new StatusReason(
                        "TimedOut", "the step reached its time limit, its timeout in the pipeline, and was ended"));
    }

    private static Fault infrastructure(String reason, String message) {
        return new Fault(
                Failure.Infrastructure,
                new StatusReason(reason, Objects.requireNonNullElse(message, "the cluster gave no message")));
    }

    private static boolean hasMemoryLimit(Pod pod, String name) {
        return Stream.ofNullable(pod.getSpec())
                .flatMap(spec -> Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream()))
                .filter(container -> container.getName().equals(name))
                .map(Container::getResources)
                .anyMatch(resources -> resources != null
                        && resources.getLimits() != null
                        && resources.getLimits().containsKey("memory"));
    }
}
