package dev.hearth.pod.observe;

import dev.hearth.api.Reason;
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
import org.jspecify.annotations.Nullable;

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
                        case OverlayUnsupported, DaemonLost, StorageFull -> Failure.Infrastructure;
                        case BuildTimedOut -> Failure.Timeout;
                        case VolumeFull,
                                DockerfileNotFound,
                                TargetNotFound,
                                PushFailed,
                                PublishFailed,
                                ListFileNotFound -> Failure.Setup;
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
                            case "PreemptionByScheduler" -> Reason.Preempted;
                            case "DeletionByTaintManager", "DeletionByPodGC" -> Reason.NodeLost;
                            default -> Reason.Evicted;
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
            return Optional.of(ended(reason, pod.getStatus().getMessage()));
        }
        // Whoever deletes a pod ends its command: that is no failure of the command.
        return pod.getMetadata().getDeletionTimestamp() == null
                ? Optional.empty()
                : Optional.of(infrastructure(Reason.PodDeleted, "somebody deleted the pod while its step ran"));
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
                                                Reason.OutOfMemory,
                                                "the container used more memory than its limit\n" + message))
                                : infrastructure(
                                        Reason.NodeOutOfMemory,
                                        "the node had no memory left, and the container has no limit of its own\n"
                                                + message));
            case "StartError", "ContainerCannotRun" ->
                Optional.of(new Fault(Failure.Setup, new StatusReason(Reason.ContainerStartFailed, message)));
            default -> Optional.empty();
        };
    }

    static Fault timedOut() {
        return new Fault(
                Failure.Timeout,
                new StatusReason(
                        Reason.TimedOut,
                        "the step reached its time limit, its timeout in the pipeline, and was ended"));
    }

    /** Of a pod that the kubelet or a controller ended: its own word stays in the message where several have one reason. */
    private static Fault ended(String word, @Nullable String message) {
        var reason = switch (word) {
            case "Evicted" -> Reason.Evicted;
            case "NodeLost" -> Reason.NodeLost;
            case "Preempting" -> Reason.Preempted;
            case "Terminated", "NodeShutdown", "Shutdown" -> Reason.NodeShutdown;
            case "NodeAffinity",
                    "NodeName",
                    "NodePorts",
                    "TopologyAffinityError",
                    "UnexpectedAdmissionError",
                    "InvalidNodeInfo",
                    "PodFeatureUnsupported" -> Reason.NodeRejected;
            default -> word.startsWith("OutOf") ? Reason.NodeRejected : Reason.PodFailed;
        };
        return switch (reason) {
            case NodeRejected, PodFailed -> infrastructure(reason, word + (message == null ? "" : ": " + message));
            default -> infrastructure(reason, message);
        };
    }

    private static Fault infrastructure(Reason reason, @Nullable String message) {
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
