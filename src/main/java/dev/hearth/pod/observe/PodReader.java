package dev.hearth.pod.observe;

import dev.hearth.agent.AgentReports;
import dev.hearth.agent.ArtifactPushReport;
import dev.hearth.agent.ImagePublishReport;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.build.SourceContainers;
import dev.hearth.pod.registry.ArtifactUploadPod;
import dev.hearth.pod.registry.ImagePublishPod;
import dev.hearth.pod.registry.RegistryContainer;
import dev.hearth.pod.task.ArtifactParts;
import dev.hearth.pod.task.MatrixReaderPod;
import dev.hearth.pod.task.TaskPod;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the state of a step from its pod. A step has ended when its container has, which the kubelet reports about a
 * second before the pod's phase.
 *
 * @param patience how long a pod may wait for its image or its daemon before the step fails
 * @param pending how long a pod may wait for a node or for its first container before the step fails
 */
public record PodReader(Duration patience, Duration pending) {
    /** Exit codes of a process that SIGKILL or SIGTERM ended. */
    private static final Set<Integer> KILLED = Set.of(137, 143);

    /** Containers that do not share their pod with another step. */
    private static final Set<String> ALONE = Set.of(
            TaskPod.CONTAINER, ArtifactUploadPod.CONTAINER, ImagePublishPod.CONTAINER, MatrixReaderPod.CONTAINER);

    /**
     * Reads the state of a solve.
     *
     * @param result reads the termination message of a solve that succeeded
     */
    public Observation.OfPod build(Pod pod, String container, Function<String, Optional<BuildResult>> result) {
        return read(pod, container, result, BuildFailure::read);
    }

    /**
     * Reads the state of a matrix cell.
     *
     * @param limit timeout of the command
     */
    public Observation.OfPod task(Pod pod, Duration limit) {
        var observed = read(
                pod,
                TaskPod.CONTAINER,
                limit,
                _ -> Optional.empty(),
                (_, log) -> new StatusReason(
                        Reason.TaskFailed,
                        PodServices.deaths(pod, TaskPod.CONTAINER)
                                + (log.isBlank() ? "the command failed without output" : log)));
        return observed instanceof Observation.Done done ? done.with(withServiceDeaths(done.kept(), pod)) : observed;
    }

    private static StepOutputs withServiceDeaths(StepOutputs outputs, Pod pod) {
        var deaths = PodServices.deaths(pod, TaskPod.CONTAINER).strip();
        return outputs.noting(deaths.isEmpty() ? null : deaths);
    }

    /** Reads the state of an upload of an artifact. Its result has the image with its digest instead of a digest. */
    public Observation.OfPod artifactUpload(Pod pod) {
        return push(
                pod,
                ArtifactUploadPod.CONTAINER,
                message -> AgentReports.artifactPush(message).map(ArtifactPushReport::image),
                Reason.PublishFailed);
    }

    /** Reads the state of the publication of an image index. */
    public Observation.OfPod imagePublish(Pod pod) {
        return push(
                pod,
                ImagePublishPod.CONTAINER,
                message -> AgentReports.imagePublish(message).map(ImagePublishReport::digest),
                Reason.PushFailed);
    }

    /**
     * Reads the state of a push.
     *
     * @param pushed reads what was pushed from the report
     * @param failed the reason of a push that failed, unless the registry did not answer
     */
    private Observation.OfPod push(
            Pod pod, String container, Function<String, Optional<String>> pushed, Reason failed) {
        var observed = read(
                pod,
                container,
                null,
                message -> pushed.apply(message).map(BuildResult::pushed),
                (exitCode, message) -> new StatusReason(
                        exitCode == RegistryContainer.UNAVAILABLE ? Reason.RegistryUnavailable : failed,
                        message.isBlank() ? "nothing was pushed, and the pod gave no message" : message));
        // Steps that need it could not find it.
        return observed instanceof Observation.Done done && done.result().isEmpty()
                ? done.broken(
                        new StatusReason(
                                Reason.PublicationLost,
                                "the push succeeded, but its pod's report does not name its digest"),
                        Failure.Infrastructure)
                : observed;
    }

    /** Reads the state of a pod that prints a file of an artifact. */
    public Observation.OfPod listing(Pod pod) {
        return read(
                pod,
                MatrixReaderPod.CONTAINER,
                _ -> Optional.empty(),
                message -> new StatusReason(
                        Reason.ListFileNotFound,
                        "the artifact has no file of the path in matrix.from or testList: " + message));
    }

    private Observation.OfPod read(
            Pod pod,
            String container,
            Function<String, Optional<BuildResult>> result,
            Function<String, StatusReason> failure) {
        return read(pod, container, null, result, (_, message) -> failure.apply(message));
    }

    private Observation.OfPod read(
            Pod pod,
            String container,
            @Nullable Duration limit,
            Function<String, Optional<BuildResult>> result,
            FailureReader failure) {
        var state = ContainerStates.of(pod, container)
                .map(ContainerStatus::getState)
                .orElseGet(ContainerState::new);
        var terminated = state.getTerminated();
        if (terminated != null) {
            return isCauseUnknown(pod, container, terminated)
                    ? new Observation.Running(since(pod, terminated))
                    : ended(pod, container, terminated, limit, result, failure);
        }
        var unfetched = unfetched(pod);
        if (hasFinished(pod) || unfetched.isPresent()) {
            // The kubelet ended the pod before it started this container (eviction, rejection by the node, deadline),
            // or the container cannot start.
            var fault = PodFaults.of(pod)
                    .or(() -> unfetched)
                    .orElseGet(() -> new PodFaults.Fault(
                            Failure.Infrastructure,
                            new StatusReason(Reason.PodLost, "the pod ended before the container of this step did")));
            return Observation.Broken.withoutContainer(ContainerStates.finishedAt(pod), fault.why(), fault.kind());
        }
        var waits = new PodWaits(pod, patience, pending);
        var down = waits.daemonDown();
        if (down.isPresent()) {
            return down.get();
        }
        if (state.getRunning() != null) {
            var since = ContainerStates.sinceTaken(
                    pod, Instant.parse(state.getRunning().getStartedAt()));
            return new Observation.Running(
                    since,
                    Optional.ofNullable(limit).map(since::plus),
                    PodFaults.of(pod).map(PodFaults.Fault::why));
        }
        return waits.reason();
    }

    private static Observation.OfPod ended(
            Pod pod,
            String container,
            ContainerStateTerminated ended,
            @Nullable Duration limit,
            Function<String, Optional<BuildResult>> result,
            FailureReader failure) {
        var at = Optional.ofNullable(ended.getFinishedAt())
                .map(Instant::parse)
                .orElseGet(() -> ContainerStates.finishedAt(pod));
        var since = Optional.ofNullable(ended.getStartedAt())
                .map(Instant::parse)
                .filter(Instant.EPOCH::isBefore) // the start of a container that could not be started
                .map(start -> ContainerStates.sinceTaken(pod, start))
                .map(start -> start.isAfter(at) ? at : start); // it ended before a run took the pod
        var message = ContainerStates.message(ended);
        if (ended.getExitCode() == 0) {
            return new Observation.Done(since.orElse(at), at, result.apply(message), StepOutputs.NOTHING);
        }
        var fault = PodFaults.of(pod)
                .map(it -> it.withLog(message))
                .or(() -> PodFaults.killed(pod, container, ended, message))
                .or(() -> Optional.ofNullable(limit)
                        .filter(it ->
                                since.isPresent() && !at.isBefore(since.get().plus(it)))
                        .map(_ -> PodFaults.timedOut().withLog(message)))
                .orElseGet(() -> PodFaults.Fault.of(failure.read(ended.getExitCode(), message))
                        .withNetworkHint(pod));
        return new Observation.Broken(
                since, at, Optional.of(ended.getExitCode()), fault.why(), fault.kind(), StepOutputs.NOTHING);
    }

    /**
     * Whether a signal ended the only step of a pod and the pod's status does not show the cause yet. The kubelet
     * reports an eviction or an exceeded deadline with the pod's final phase, about a second after the containers have
     * ended. A solve does not wait, because its pod goes on until the other solves have ended.
     */
    private static boolean isCauseUnknown(Pod pod, String container, ContainerStateTerminated ended) {
        return KILLED.contains(ended.getExitCode())
                && !"OOMKilled".equals(ended.getReason())
                && ALONE.contains(container)
                && !hasFinished(pod)
                && PodFaults.of(pod).isEmpty();
    }

    private static Instant since(Pod pod, ContainerStateTerminated ended) {
        return Optional.ofNullable(ended.getStartedAt())
                .map(Instant::parse)
                .orElseGet(() -> ContainerStates.since(pod));
    }

    /** Returns why a commit or an artifact could not be fetched for the step. Empty if none failed. */
    private static Optional<PodFaults.Fault> unfetched(Pod pod) {
        // Init containers only: the container of a solve can have any name.
        return ContainerStates.init(pod)
                .filter(status -> status.getState() != null
                        && status.getState().getTerminated() != null
                        && status.getState().getTerminated().getExitCode() != 0)
                .flatMap(status ->
                        unfetched(pod, status.getName(), status.getState().getTerminated()).stream())
                .map(fault -> fault.withNetworkHint(pod))
                .findFirst();
    }

    private static Optional<PodFaults.Fault> unfetched(Pod pod, String container, ContainerStateTerminated ended) {
        var message = ContainerStates.message(ended);
        if (container.equals(SourceContainers.FETCH)) {
            return PodFaults.killed(pod, container, ended, message)
                    .or(() -> Optional.of(PodFaults.Fault.of(BuildFailure.readFetch(message))));
        }
        return container.startsWith(ArtifactParts.COPY)
                ? PodFaults.killed(pod, container, ended, message)
                        .or(() -> Optional.of(PodFaults.Fault.of(new StatusReason(
                                ended.getExitCode() == RegistryContainer.UNAVAILABLE
                                        ? Reason.RegistryUnavailable
                                        : Reason.ArtifactFetchFailed,
                                message))))
                : Optional.empty();
    }

    /** Reads why a container failed. */
    @FunctionalInterface
    private interface FailureReader {
        /** @param message the container's termination message */
        StatusReason read(int exitCode, String message);
    }

    /** Whether no container of a pod runs or will run again. */
    public static boolean hasFinished(Pod pod) {
        return pod.getStatus() != null
                && ("Succeeded".equals(pod.getStatus().getPhase())
                        || "Failed".equals(pod.getStatus().getPhase()));
    }

    /**
     * Whether the steps of a pod have ended. A sidecar may still seal a volume or collect reports, and ends by itself.
     */
    public static boolean hasWorkFinished(Pod pod) {
        var containers = pod.getSpec().getContainers();
        return hasFinished(pod)
                || (!containers.isEmpty()
                        && containers.stream()
                                .allMatch(container -> ContainerStates.ended(pod, container.getName())
                                        .isPresent()));
    }

    /** Returns the claims of a pod's volumes, mounted or not. */
    public static Stream<String> claims(Pod pod) {
        return pod.getSpec().getVolumes().stream()
                .map(Volume::getPersistentVolumeClaim)
                .filter(Objects::nonNull)
                .map(PersistentVolumeClaimVolumeSource::getClaimName);
    }

    /** Returns the termination message of a container. Empty if the container has not ended or left no message. */
    public static Optional<String> terminationMessage(Pod pod, String container) {
        return ContainerStates.ended(pod, container).map(ContainerStateTerminated::getMessage);
    }

    /** Returns when the last container of a pod ended. */
    public static Instant finishedAt(Pod pod) {
        return ContainerStates.finishedAt(pod);
    }
}
