package dev.hearth.controlplane;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What a kubelet writes into the status of a pod, from its start to its end. */
public final class PodStages {
    private PodStages() {}

    /** How a container ended. */
    public record End(int code, String message) {}

    public static PodStatus running(Pod pod) {
        return status(pod, "Running", _ -> Optional.empty(), Optional.empty());
    }

    /** The commands have ended, sidecars have not. */
    public static PodStatus ending(Pod pod, Map<String, End> ends) {
        return status(pod, "Running", name -> Optional.ofNullable(ends.get(name)), Optional.empty());
    }

    /** All has ended: containers that are not named by a signal. */
    public static PodStatus over(Pod pod, Map<String, End> ends) {
        var killed = new End(137, "");
        var succeeded = pod.getSpec().getContainers().stream()
                .allMatch(container ->
                        ends.getOrDefault(container.getName(), killed).code() == 0);
        return status(
                pod,
                succeeded ? "Succeeded" : "Failed",
                name -> Optional.of(ends.getOrDefault(name, killed)),
                Optional.of(killed));
    }

    /** No node takes it. */
    static PodStatus unschedulable(Pod pod, String message) {
        return new PodStatusBuilder(pod.getStatus())
                .withPhase("Pending")
                .withConditions(condition("PodScheduled", "False", "Unschedulable", message))
                .build();
    }

    /** It has a node, and its containers wait. */
    static PodStatus stuck(Pod pod, String reason, String message) {
        return new PodStatusBuilder(pod.getStatus())
                .withPhase("Pending")
                .withStartTime(now())
                .withInitContainerStatuses(waiting(pod.getSpec().getInitContainers(), reason, message))
                .withContainerStatuses(waiting(pod.getSpec().getContainers(), reason, message))
                .build();
    }

    private static List<ContainerStatus> waiting(List<Container> containers, String reason, String message) {
        return containers.stream()
                .map(container -> new ContainerStatusBuilder()
                        .withName(container.getName())
                        .withImage(container.getImage())
                        .withImageID("")
                        .withReady(false)
                        .withRestartCount(0)
                        .withState(new ContainerStateBuilder()
                                .withNewWaiting(message, reason)
                                .build())
                        .build())
                .toList();
    }

    /** The kernel has ended its commands. */
    static PodStatus outOfMemory(Pod pod) {
        var status = over(pod, Map.of());
        status.getContainerStatuses()
                .forEach(container -> container.getState().getTerminated().setReason("OOMKilled"));
        return status;
    }

    /** The kubelet has ended it, as its time was over. */
    static PodStatus expired(Pod pod) {
        var status = over(pod, Map.of());
        status.setReason("DeadlineExceeded");
        status.setMessage("Pod was active on the node longer than the specified deadline");
        return status;
    }

    /** A controller has noted that its node is gone. */
    static PodStatus nodeLost(Pod pod) {
        return new PodStatusBuilder(over(pod, Map.of()))
                .withConditions(condition(
                        "DisruptionTarget", "True", "DeletionByTaintManager", "the node does not answer any more"))
                .build();
    }

    private static PodCondition condition(String type, String status, String reason, String message) {
        return new PodConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .withLastTransitionTime(now())
                .build();
    }

    /** Its node had too little of something. */
    public static PodStatus evicted(Pod pod) {
        var status = over(pod, Map.of());
        status.setReason("Evicted");
        status.setMessage("The node was low on resource: memory.");
        return status;
    }

    private static PodStatus status(
            Pod pod, String phase, Function<String, Optional<End>> ends, Optional<End> sidecars) {
        var since = pod.getStatus() == null || pod.getStatus().getStartTime() == null
                ? now()
                : pod.getStatus().getStartTime();
        return new PodStatusBuilder(pod.getStatus())
                .withPhase(phase)
                .withStartTime(since)
                .withInitContainerStatuses(pod.getSpec().getInitContainers().stream()
                        .map(container -> "Always".equals(container.getRestartPolicy())
                                ? container(
                                        container,
                                        since,
                                        ends.apply(container.getName()).or(() -> sidecars))
                                : container(container, since, Optional.of(new End(0, ""))))
                        .toList())
                .withContainerStatuses(containers(pod, since, ends))
                .build();
    }

    private static List<ContainerStatus> containers(Pod pod, String since, Function<String, Optional<End>> ends) {
        return pod.getSpec().getContainers().stream()
                .map(container -> container(container, since, ends.apply(container.getName())))
                .toList();
    }

    private static ContainerStatus container(Container container, String since, Optional<End> end) {
        return new ContainerStatusBuilder()
                .withName(container.getName())
                .withImage(container.getImage())
                .withImageID("")
                .withContainerID("played://" + container.getName())
                .withReady(end.isEmpty())
                .withStarted(end.isEmpty())
                .withRestartCount(0)
                .withState(state(since, end))
                .build();
    }

    private static ContainerState state(String since, Optional<End> end) {
        var state = new ContainerStateBuilder();
        if (end.isEmpty()) {
            return state.withNewRunning(since).build();
        }
        return state.withNewTerminated()
                .withContainerID("played")
                .withStartedAt(since)
                .withFinishedAt(now())
                .withExitCode(end.get().code())
                .withReason(end.get().code() == 0 ? "Completed" : "Error")
                .withMessage(end.get().message())
                .endTerminated()
                .build();
    }

    /** Kubernetes knows no shorter time than a second. */
    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
