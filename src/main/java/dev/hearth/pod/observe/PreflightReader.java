package dev.hearth.pod.observe;

import dev.hearth.api.Reason;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.run.Observation;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.preflight.IsolationPreflightPod;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Reads the result of a preflight from its pod: supported, not supported, or not known. */
public final class PreflightReader {
    /** Exit code of a check without a result. */
    private static final int TRY_AGAIN = 75;

    private static final Set<Reason> RESOURCES_EXHAUSTED =
            Set.of(Reason.OutOfMemory, Reason.NodeOutOfMemory, Reason.OutOfSpace);

    /** No limit: the runner of the preflight decides how long the pod may wait for a node. */
    private static final Duration NEVER = Duration.ofDays(1000);

    /** Number of characters of the pod's message that are shown in a status. */
    private static final int LONGEST = 300;

    private PreflightReader() {}

    /** Returns the result. Empty while the pod runs or waits. */
    public static Optional<Result> read(Pod pod) {
        return switch (observe(pod)) {
            case Observation.Done _ -> Optional.of(new Result.Possible());
            case Observation.Broken broken
            when isTransient(pod, broken) -> Optional.of(new Result.Delayed(broken.why()));
            case Observation.Broken broken ->
                Optional.of(impossible(pod, broken.why().message()));
            // A wait for an image or a node tells nothing about the isolation.
            case Observation.Waiting waiting
            when waiting.patience().isPresent() && !PodWaits.OF_THE_CLUSTER.contains(waiting.reason()) ->
                Optional.of(impossible(pod, waiting.message()));
            case Observation.Waiting _, Observation.Running _ -> Optional.empty();
        };
    }

    /** Whether the kubelet has not created the pod's sandbox yet. */
    public static boolean hasNoSandbox(Pod pod) {
        return pod.getSpec().getNodeName() != null
                && pod.getStatus().getPodIP() == null
                && ContainerStates.condition(pod, "PodReadyToStartContainers")
                        .filter(condition -> "True".equals(condition.getStatus()))
                        .isEmpty();
    }

    /** Whether the pod makes progress and only needs more time, because of a large image or a busy node. */
    public static boolean isInProgress(Pod pod) {
        return switch (observe(pod)) {
            case Observation.Waiting waiting -> waiting.reason() == Reason.Starting;
            case Observation.Running _ -> true;
            case Observation.Done _, Observation.Broken _ -> false;
        };
    }

    /** Returns the result of a pod that has reached its time limit without a result. */
    public static Result overdue(Pod pod) {
        return switch (observe(pod)) {
            case Observation.Waiting waiting
            when waiting.reason() == Reason.ImagePullFailed ->
                new Result.Hindered(new StatusReason(waiting.reason(), waiting.message()));
            case Observation.Waiting waiting ->
                new Result.Delayed(new StatusReason(waiting.reason(), waiting.message()));
            case Observation.Running _, Observation.Done _, Observation.Broken _ ->
                new Result.Delayed(new StatusReason(Reason.PreflightTimedOut, "the preflight reached its time limit"));
        };
    }

    private static Observation.OfPod observe(Pod pod) {
        return new PodReader(Duration.ZERO, NEVER).build(pod, IsolationPreflightPod.CHECK, _ -> Optional.empty());
    }

    /**
     * Whether a failure may pass and does not concern the isolation. A busy node must not lead to a weaker isolation.
     */
    private static boolean isTransient(Pod pod, Observation.Broken broken) {
        if (RESOURCES_EXHAUSTED.contains(broken.why().reason())) {
            return true;
        }
        return broken.exitCode()
                .map(code ->
                        code == TRY_AGAIN && PodWaits.daemonExitMessage(pod).isEmpty())
                .orElseGet(() -> !hasFailedBefore(pod));
    }

    /** Whether a container that runs before the daemon has failed. */
    private static boolean hasFailedBefore(Pod pod) {
        return pod.getStatus().getInitContainerStatuses().stream()
                .filter(container -> !container.getName().equals(BuildPod.DAEMON))
                .map(ContainerStatus::getState)
                .anyMatch(state -> state != null
                        && state.getTerminated() != null
                        && state.getTerminated().getExitCode() != 0);
    }

    /** Uses the daemon's message if there is one: a client knows only that the daemon does not run. */
    private static Result impossible(Pod pod, String otherwise) {
        return new Result.Impossible(new StatusReason(
                Reason.PreflightFailed,
                shortened(PodWaits.daemonExitMessage(pod).orElse(otherwise))));
    }

    private static String shortened(String message) {
        var line = message.strip().replaceAll("\\s+", " ");
        return line.length() <= LONGEST ? line : "…" + line.substring(line.length() - LONGEST);
    }
}
