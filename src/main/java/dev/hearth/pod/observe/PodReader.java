package dev.hearth.pod.observe;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.build.SourceContainers;
import dev.hearth.pod.task.ArtifactParts;
import dev.hearth.pod.task.ArtifactUploadPod;
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

/**
 * Reads from a pod where one of its steps stands. A step has ended when its container has, which the kubelet says about
 * a second before the pod's phase follows.
 *
 * @param patience how long a pod may be without its image or its daemon before that is an answer
 * @param pending how long it may be without a node, or anything that runs
 */
public record PodReader(Duration patience, Duration pending) {
    /** Exit codes of what SIGKILL and SIGTERM end. */
    private static final Set<Integer> KILLED = Set.of(137, 143);

    private static final Set<String> ALONE =
            Set.of(TaskPod.CONTAINER, ArtifactUploadPod.CONTAINER, MatrixReaderPod.CONTAINER);

    /** Reads a solve; {@code result} reads the termination message of one that ended well. */
    public Observation.OfPod build(Pod pod, String container, Function<String, Optional<BuildResult>> result) {
        return read(pod, container, Optional.empty(), result, BuildFailure::read);
    }

    /** Reads a command that may take so long. */
    public Observation.OfPod task(Pod pod, Duration limit) {
        var seen = read(
                pod,
                TaskPod.CONTAINER,
                Optional.of(limit),
                _ -> Optional.empty(),
                log -> new StatusReason(
                        Reason.TaskFailed,
                        PodServices.deaths(pod, TaskPod.CONTAINER)
                                + (log.isBlank() ? "the command failed without a word" : log)));
        return seen instanceof Observation.Done done ? done.with(withServiceDeaths(done.kept(), pod)) : seen;
    }

    private static StepOutputs withServiceDeaths(StepOutputs kept, Pod pod) {
        var deaths = PodServices.deaths(pod, TaskPod.CONTAINER).strip();
        return kept.noting(deaths.isEmpty() ? null : deaths);
    }

    /** Reads a publication; the result of one that ended well has the image, by digest, in place of a digest. */
    public Observation.OfPod publication(Pod pod) {
        var seen = read(
                pod,
                ArtifactUploadPod.CONTAINER,
                Optional.empty(),
                message -> ArtifactUploadPod.read(message).map(published -> BuildResult.pushed(published.image())),
                message -> new StatusReason(
                        Reason.PublishFailed,
                        message.isBlank() ? "the artifact was not pushed, and nothing says why" : message));
        // What needs it would find nothing.
        return seen instanceof Observation.Done done && done.result().isEmpty()
                ? broken(
                        Optional.of(done.since()),
                        done.at(),
                        Optional.of(0),
                        new PodFaults.Fault(
                                Failure.Infrastructure,
                                new StatusReason(
                                        Reason.PublicationLost, "the artifact was pushed, and nothing says where")))
                : seen;
    }

    /** Reads how far the printing of a file is. */
    public Observation.OfPod listing(Pod pod) {
        return read(
                pod,
                MatrixReaderPod.CONTAINER,
                Optional.empty(),
                _ -> Optional.empty(),
                message -> new StatusReason(
                        Reason.ListFileNotFound,
                        "the artifact does not have the file that matrix.from or testList names: " + message));
    }

    private Observation.OfPod read(
            Pod pod,
            String container,
            Optional<Duration> limit,
            Function<String, Optional<BuildResult>> result,
            Function<String, StatusReason> failure) {
        var state = ContainerStates.of(pod, container)
                .map(ContainerStatus::getState)
                .orElseGet(ContainerState::new);
        var terminated = state.getTerminated();
        if (terminated != null) {
            return isCauseUnknown(pod, container, terminated)
                    ? new Observation.Running(since(pod, terminated), Optional.empty())
                    : ended(pod, container, terminated, limit, result, failure);
        }
        var unfetched = unfetched(pod);
        if (isOver(pod) || unfetched.isPresent()) {
            // Ended by the kubelet before this container was (evicted, rejected by the node, out of time), or it cannot
            // begin.
            var fault = PodFaults.of(pod)
                    .or(() -> unfetched)
                    .orElseGet(() -> new PodFaults.Fault(
                            Failure.Infrastructure,
                            new StatusReason(Reason.PodLost, "the pod ended before this step's container did")));
            return broken(Optional.empty(), ContainerStates.finishedAt(pod), Optional.empty(), fault);
        }
        var waits = new PodWaits(pod, patience, pending);
        var down = waits.daemonDown();
        if (down.isPresent()) {
            return down.get();
        }
        if (state.getRunning() != null) {
            var since = Instant.parse(state.getRunning().getStartedAt());
            return new Observation.Running(
                    since, limit.map(since::plus), PodFaults.of(pod).map(PodFaults.Fault::why));
        }
        return waits.reason();
    }

    private static Observation.OfPod ended(
            Pod pod,
            String container,
            ContainerStateTerminated ended,
            Optional<Duration> limit,
            Function<String, Optional<BuildResult>> result,
            Function<String, StatusReason> failure) {
        var since = Optional.ofNullable(ended.getStartedAt())
                .map(Instant::parse)
                .filter(Instant.EPOCH::isBefore); // what one has that could not be started
        var at = Optional.ofNullable(ended.getFinishedAt())
                .map(Instant::parse)
                .orElseGet(() -> ContainerStates.finishedAt(pod));
        var message = ContainerStates.message(ended);
        if (ended.getExitCode() == 0) {
            return new Observation.Done(since.orElse(at), at, result.apply(message), StepOutputs.NOTHING);
        }
        var fault = PodFaults.of(pod)
                .map(it -> it.withLog(message))
                .or(() -> PodFaults.killed(pod, container, ended, message))
                .or(() -> limit.filter(it ->
                                since.isPresent() && !at.isBefore(since.get().plus(it)))
                        .map(_ -> PodFaults.timedOut().withLog(message)))
                .orElseGet(() -> PodFaults.Fault.of(failure.apply(message)).in(pod));
        return broken(since, at, Optional.of(ended.getExitCode()), fault);
    }

    /**
     * Whether the only thing in a pod was ended by a signal whose cause is not in the pod's status yet: the kubelet says that
     * it evicted a pod, or that its time was over, only with the pod's last phase, about a second after its containers have
     * ended. A build that shares its pod is not kept waiting for the others.
     */
    private static boolean isCauseUnknown(Pod pod, String container, ContainerStateTerminated ended) {
        return KILLED.contains(ended.getExitCode())
                && !"OOMKilled".equals(ended.getReason())
                && ALONE.contains(container)
                && !isOver(pod)
                && PodFaults.of(pod).isEmpty();
    }

    private static Instant since(Pod pod, ContainerStateTerminated ended) {
        return Optional.ofNullable(ended.getStartedAt())
                .map(Instant::parse)
                .orElseGet(() -> ContainerStates.since(pod));
    }

    private static Observation.OfPod broken(
            Optional<Instant> since, Instant at, Optional<Integer> exitCode, PodFaults.Fault fault) {
        return new Observation.Broken(since, at, exitCode, fault.why(), fault.kind(), StepOutputs.NOTHING);
    }

    /** Why something that the step needs did not come: a commit or an artifact. */
    private static Optional<PodFaults.Fault> unfetched(Pod pod) {
        // Not of all containers: one that builds may have any name.
        return ContainerStates.init(pod)
                .filter(status -> status.getState() != null
                        && status.getState().getTerminated() != null
                        && status.getState().getTerminated().getExitCode() != 0)
                .flatMap(status ->
                        unfetched(pod, status.getName(), status.getState().getTerminated()).stream())
                .map(fault -> fault.in(pod))
                .findFirst();
    }

    private static Optional<PodFaults.Fault> unfetched(Pod pod, String container, ContainerStateTerminated ended) {
        var message = ContainerStates.message(ended);
        if (container.equals(SourceContainers.FETCH)) {
            return PodFaults.killed(pod, container, ended, message)
                    .or(() -> Optional.of(new PodFaults.Fault(Failure.Setup, BuildFailure.unfetched(message))));
        }
        return container.startsWith(ArtifactParts.COPY)
                ? PodFaults.killed(pod, container, ended, message)
                        .or(() -> Optional.of(new PodFaults.Fault(
                                Failure.Setup, new StatusReason(Reason.ArtifactFetchFailed, message))))
                : Optional.empty();
    }

    /** Whether a container of this name was to run in it. */
    public static boolean has(Pod pod, String container) {
        return pod.getSpec().getContainers().stream()
                .anyMatch(it -> it.getName().equals(container));
    }

    /** Whether none of its containers runs or will run again. */
    public static boolean isOver(Pod pod) {
        return pod.getStatus() != null
                && ("Succeeded".equals(pod.getStatus().getPhase())
                        || "Failed".equals(pod.getStatus().getPhase()));
    }

    /** Whether the work in it has ended, though a sidecar may still seal a volume or keep reports: it ends by itself. */
    public static boolean isEnding(Pod pod) {
        var containers = pod.getSpec().getContainers();
        return isOver(pod)
                || (!containers.isEmpty()
                        && containers.stream()
                                .allMatch(container -> ContainerStates.ended(pod, container.getName())
                                        .isPresent()));
    }

    /** Claims that a pod names, mounted or not. */
    public static Stream<String> claims(Pod pod) {
        return pod.getSpec().getVolumes().stream()
                .map(Volume::getPersistentVolumeClaim)
                .filter(Objects::nonNull)
                .map(PersistentVolumeClaimVolumeSource::getClaimName);
    }

    /** The termination message of a container that has ended. */
    public static Optional<String> terminationMessage(Pod pod, String container) {
        return ContainerStates.ended(pod, container).map(ContainerStateTerminated::getMessage);
    }

    /** When the last of its containers ended. */
    public static Instant finishedAt(Pod pod) {
        return ContainerStates.finishedAt(pod);
    }
}
