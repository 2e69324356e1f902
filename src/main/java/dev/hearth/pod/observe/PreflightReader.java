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

/** Reads from a trial's pod what it has shown: a certain yes, a certain no, or neither. */
public final class PreflightReader {
    /** Exit code of a check that came to no result. */
    private static final int TRY_AGAIN = 75;

    private static final Set<Reason> SHORT_OF = Set.of(Reason.OutOfMemory, Reason.NodeOutOfMemory, Reason.OutOfSpace);

    /** Who runs the trial decides how long the pod may be without a node. */
    private static final Duration NEVER = Duration.ofDays(1000);

    /** Characters of what the pod says last that reach a status. */
    private static final int LONGEST = 300;

    private PreflightReader() {}

    /** What the pod has shown; empty while it may show more. */
    public static Optional<Result> read(Pod pod) {
        return switch (observe(pod)) {
            case Observation.Done _ -> Optional.of(new Result.Possible());
            case Observation.Broken broken
            when isOfTheMoment(pod, broken) -> Optional.of(new Result.Delayed(broken.why()));
            case Observation.Broken broken ->
                Optional.of(impossible(pod, broken.why().message()));
            // The wait for an image or a node says nothing about the form.
            case Observation.Waiting waiting
            when waiting.patience().isPresent() && !PodWaits.OF_THE_CLUSTER.contains(waiting.reason()) ->
                Optional.of(impossible(pod, waiting.message()));
            case Observation.Waiting _, Observation.Running _ -> Optional.empty();
        };
    }

    /** Whether its node has yet to make what its containers run in, as the kubelet says. */
    public static boolean hasNoSandbox(Pod pod) {
        return pod.getSpec().getNodeName() != null
                && pod.getStatus().getPodIP() == null
                && ContainerStates.condition(pod, "PodReadyToStartContainers")
                        .filter(condition -> "True".equals(condition.getStatus()))
                        .isEmpty();
    }

    /** Whether it only needs longer, for a large image or on a busy node. */
    public static boolean isUnderway(Pod pod) {
        return switch (observe(pod)) {
            case Observation.Waiting waiting -> waiting.reason() == Reason.Starting;
            case Observation.Running _ -> true;
            case Observation.Done _, Observation.Broken _ -> false;
        };
    }

    /** What is to be thought of a pod that has shown nothing in all the time that it had. */
    public static Result overdue(Pod pod) {
        return switch (observe(pod)) {
            case Observation.Waiting waiting
            when waiting.reason() == Reason.ImagePullFailed ->
                new Result.Hindered(new StatusReason(waiting.reason(), waiting.message()));
            case Observation.Waiting waiting ->
                new Result.Delayed(new StatusReason(waiting.reason(), waiting.message()));
            case Observation.Running _, Observation.Done _, Observation.Broken _ ->
                new Result.Delayed(new StatusReason(Reason.PreflightTimedOut, "the trial took too long"));
        };
    }

    private static Observation.OfPod observe(Pod pod) {
        return new PodReader(Duration.ZERO, NEVER).build(pod, IsolationPreflightPod.CHECK, _ -> Optional.empty());
    }

    /**
     * Whether a failure is the node's, or the moment's, rather than the form's: a busy node must not lead to a weaker one.
     */
    private static boolean isOfTheMoment(Pod pod, Observation.Broken broken) {
        if (SHORT_OF.contains(broken.why().reason())) {
            return true;
        }
        return broken.exitCode()
                .map(code -> code == TRY_AGAIN && PodWaits.daemonsEnd(pod).isEmpty())
                .orElseGet(() -> !hasFailedBefore(pod));
    }

    /** Something that has to run before the daemon did not. */
    private static boolean hasFailedBefore(Pod pod) {
        return pod.getStatus().getInitContainerStatuses().stream()
                .filter(container -> !container.getName().equals(BuildPod.DAEMON))
                .map(ContainerStatus::getState)
                .anyMatch(state -> state != null
                        && state.getTerminated() != null
                        && state.getTerminated().getExitCode() != 0);
    }

    /** In the daemon's own words where there are any: a client only knows that it is not there. */
    private static Result impossible(Pod pod, String otherwise) {
        return new Result.Impossible(new StatusReason(
                Reason.PreflightFailed, shortened(PodWaits.daemonsEnd(pod).orElse(otherwise))));
    }

    private static String shortened(String message) {
        var line = message.strip().replaceAll("\\s+", " ");
        return line.length() <= LONGEST ? line : "…" + line.substring(line.length() - LONGEST);
    }
}
