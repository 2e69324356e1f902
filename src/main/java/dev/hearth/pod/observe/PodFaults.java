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
 * Tells failures that the cluster caused from failures of a pod's command. The kubelet sets the reason of a pod's
 * status (pkg/kubelet: Evicted, OutOfcpu, NodeAffinity...). The scheduler and controllers set that of the condition
 * DisruptionTarget (https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions).
 */
final class PodFaults {
    private PodFaults() {}

    /**
     * A failure.
     *
     * @param kind whose fault it is
     */
    record Fault(Failure kind, StatusReason why) {

        /** Returns this failure with the end of the command's log, which shows how far the command was. */
        Fault withLog(String log) {
            return log.isBlank() ? this : new Fault(kind, new StatusReason(why.reason(), why.message() + "\n" + log));
        }

        /** Returns this failure with a hint if the pod's network may be the reason. */
        Fault withNetworkHint(Pod pod) {
            var labels = Objects.requireNonNullElse(pod.getMetadata().getLabels(), Map.<String, String>of());
            return Trust.Untrusted.name().equals(labels.get(ObjectLabels.TRUST))
                    ? new Fault(kind, ClosedNetworkHint.explain(why))
                    : this;
        }

        /** Returns the failure of a reason that was read from a command's or solve's output. */
        static Fault of(StatusReason why) {
            return new Fault(
                    switch (why.reason()) {
                        case OverlayUnsupported,
                                DaemonLost,
                                PodLost,
                                StorageFull,
                                RepositoryUnreachable,
                                RegistryUnavailable -> Failure.Infrastructure;
                        case BuildTimedOut -> Failure.Timeout;
                        case VolumeFull,
                                SourceFetchFailed,
                                DockerfileNotFound,
                                TargetNotFound,
                                PushFailed,
                                PublishFailed,
                                ArtifactFetchFailed,
                                ListFileNotFound -> Failure.Setup;
                        default -> Failure.Command;
                    },
                    why);
        }
    }

    /** Returns how the cluster or a user ended the pod. Empty if neither did. */
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
        // Deleting a pod ends its command, which is no failure of the command.
        return pod.getMetadata().getDeletionTimestamp() == null
                ? Optional.empty()
                : Optional.of(infrastructure(Reason.PodDeleted, "the pod was deleted while its step ran"));
    }

    /** Returns why the kubelet ended or could not start a container. Empty if the container ended by itself. */
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
                        "the step reached its timeout and was ended: make it faster, or raise timeout in the pipeline"));
    }

    /**
     * Returns the failure of a pod that the kubelet or a controller ended. The messages of {@code NodeRejected} and
     * {@code PodFailed} start with the reason in the pod's status.
     */
    private static Fault ended(String podReason, @Nullable String message) {
        var reason = switch (podReason) {
            case "Evicted" -> Reason.Evicted;
            case "NodeLost" -> Reason.NodeLost;
            case "Preempting" -> Reason.Preempted;
            case "Terminated", "NodeShutdown", "Shutdown" -> Reason.NodeShutdown;
            case "NodeAffinity",
                    "NodeName",
                    "NodePorts",
                    "TaintToleration",
                    "TopologyAffinityError",
                    "UnexpectedAdmissionError",
                    "InvalidNodeInfo",
                    "PodFeatureUnsupported" -> Reason.NodeRejected;
            default -> podReason.startsWith("OutOf") ? Reason.NodeRejected : Reason.PodFailed;
        };
        return switch (reason) {
            case NodeRejected, PodFailed -> infrastructure(reason, podReason + (message == null ? "" : ": " + message));
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
