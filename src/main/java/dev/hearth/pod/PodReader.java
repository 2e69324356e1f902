package dev.hearth.pod;

import dev.hearth.core.diagnosis.BuildFailure;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.Observation;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Volume;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a pod where one of its steps stands. A step has ended when its container has, which the kubelet says about
 * a second before the pod's phase follows.
 *
 * @param patience how long a pod may be without its image or its daemon before that is an answer
 */
public record PodReader(Duration patience) {
    /** Waiting for the kubelet to do its work, not for somebody to mend something. */
    private static final Set<String> NORMAL = Set.of("ContainerCreating", "PodInitializing", "Pulling");

    static final String NO_IMAGE = "ImagePullFailed";
    static final String STARTING = "Starting";

    /** No image comes of waiting. */
    private static final Set<String> HOPELESS = Set.of("InvalidImageName", "ErrImageNeverPull");

    /** Reads a solve; {@code result} reads the termination message of one that ended well. */
    public Observation build(Pod pod, String container, Function<String, Optional<BuildResult>> result) {
        return read(pod, container, result, BuildFailure::read);
    }

    public Observation task(Pod pod) {
        return read(
                pod,
                TaskPod.CONTAINER,
                _ -> Optional.empty(),
                log -> new Finding("TaskFailed", log.isBlank() ? "the command failed without a word" : log));
    }

    /** Reads a publication; {@link #published} has the artifact of one that ended well. */
    public Observation publication(Pod pod) {
        return read(
                pod,
                PublishPod.CONTAINER,
                _ -> Optional.empty(),
                message -> new Finding(
                        "PublishFailed",
                        message.isBlank() ? "the artifact was not pushed, and nothing says why" : message));
    }

    /** The artifact that a pod of {@link PublishPod} has pushed. */
    public static Optional<PublishPod.Published> published(Pod pod) {
        return ended(pod, PublishPod.CONTAINER)
                .filter(ended -> ended.getExitCode() == 0)
                .flatMap(ended -> PublishPod.read(message(ended)));
    }

    private Observation read(
            Pod pod,
            String container,
            Function<String, Optional<BuildResult>> result,
            Function<String, Finding> failure) {
        var state = statuses(pod)
                .filter(status -> status.getName().equals(container))
                .map(ContainerStatus::getState)
                .filter(Objects::nonNull)
                .findFirst()
                .orElseGet(ContainerState::new);
        if (state.getTerminated() != null) {
            return ended(pod, state.getTerminated(), result, failure);
        }
        var unfetched = unfetched(pod);
        if (isOver(pod) || unfetched.isPresent()) {
            // Ended by the kubelet before this container was (evicted, rejected by the node, out of time), or it cannot
            // begin.
            var why = podFailure(pod)
                    .or(() -> unfetched)
                    .orElseGet(() -> new Finding("PodLost", "the pod ended before this step's container did"));
            return new Observation.Broken(Optional.empty(), finishedAt(pod), Optional.empty(), why);
        }
        var down = daemonDown(pod);
        if (down.isPresent()) {
            return down.get();
        }
        if (state.getRunning() != null) {
            return new Observation.Running(Instant.parse(state.getRunning().getStartedAt()));
        }
        return waiting(pod);
    }

    /** Whether none of its containers runs or will run again. */
    public static boolean isOver(Pod pod) {
        return pod.getStatus() != null
                && ("Succeeded".equals(pod.getStatus().getPhase())
                        || "Failed".equals(pod.getStatus().getPhase()));
    }

    /** Claims that a pod names, mounted or not. */
    public static Stream<String> claims(Pod pod) {
        return pod.getSpec().getVolumes().stream()
                .map(Volume::getPersistentVolumeClaim)
                .filter(Objects::nonNull)
                .map(PersistentVolumeClaimVolumeSource::getClaimName);
    }

    /** The termination message of a container that has ended. */
    public static Optional<String> lastWords(Pod pod, String container) {
        return ended(pod, container).map(ContainerStateTerminated::getMessage);
    }

    private static Optional<ContainerStateTerminated> ended(Pod pod, String container) {
        return statuses(pod)
                .filter(status -> status.getName().equals(container) && status.getState() != null)
                .map(status -> status.getState().getTerminated())
                .filter(Objects::nonNull)
                .findFirst();
    }

    /** What the daemon said when it ended before anybody told it to. */
    static Optional<String> daemonsEnd(Pod pod) {
        return daemon(pod)
                .map(ContainerStatus::getLastState)
                .map(ContainerState::getTerminated)
                .map(ended -> Objects.requireNonNullElse(ended.getMessage(), "exit code " + ended.getExitCode()));
    }

    /** While a client still waits for a daemon that the kubelet has given up starting at once. */
    private Optional<Observation> daemonDown(Pod pod) {
        return daemon(pod)
                .map(ContainerStatus::getState)
                .map(ContainerState::getWaiting)
                .filter(waiting -> "CrashLoopBackOff".equals(waiting.getReason()))
                .map(_ -> new Observation.Waiting(
                        "DaemonFailed",
                        "BuildKit does not stay up: " + daemonsEnd(pod).orElse("it gave no message"),
                        Optional.of(since(pod).plus(patience))));
    }

    private static Optional<ContainerStatus> daemon(Pod pod) {
        return statuses(pod)
                .filter(status -> status.getName().equals(BuildPod.DAEMON))
                .findFirst();
    }

    private Observation ended(
            Pod pod,
            ContainerStateTerminated ended,
            Function<String, Optional<BuildResult>> result,
            Function<String, Finding> failure) {
        var since = Optional.ofNullable(ended.getStartedAt()).map(Instant::parse);
        var at = Optional.ofNullable(ended.getFinishedAt()).map(Instant::parse).orElseGet(() -> finishedAt(pod));
        var message = message(ended);
        if (ended.getExitCode() == 0) {
            return new Observation.Done(since.orElse(at), at, result.apply(message));
        }
        var why = podFailure(pod).or(() -> killed(ended, message)).orElseGet(() -> failure.apply(message));
        return new Observation.Broken(since, at, Optional.of(ended.getExitCode()), why);
    }

    /** Why something that the step needs did not come: a commit or an artifact. */
    private static Optional<Finding> unfetched(Pod pod) {
        // Not of all containers: one that builds may have any name.
        return orEmpty(pod.getStatus().getInitContainerStatuses()).stream()
                .filter(status -> status.getState() != null
                        && status.getState().getTerminated() != null
                        && status.getState().getTerminated().getExitCode() != 0)
                .flatMap(status -> unfetched(status.getName(), status.getState().getTerminated()).stream())
                .findFirst();
    }

    private static Optional<Finding> unfetched(String container, ContainerStateTerminated ended) {
        var message = message(ended);
        if (container.equals(SourceContainers.FETCH)) {
            return killed(ended, message).or(() -> Optional.of(BuildFailure.unfetched(message)));
        }
        return container.startsWith(ArtifactParts.COPY)
                ? killed(ended, message).or(() -> Optional.of(new Finding("ArtifactFetchFailed", message)))
                : Optional.empty();
    }

    private static String message(ContainerStateTerminated ended) {
        return Objects.requireNonNullElse(ended.getMessage(), "").strip();
    }

    private static Optional<Finding> killed(ContainerStateTerminated ended, String message) {
        return switch (Objects.requireNonNullElse(ended.getReason(), "")) {
            case "OOMKilled" ->
                Optional.of(new Finding("OutOfMemory", "the container used more memory than it may\n" + message));
            case "StartError", "ContainerCannotRun" -> Optional.of(new Finding("CannotStart", message));
            default -> Optional.empty();
        };
    }

    /** What the kubelet says of the pod as a whole. */
    private static Optional<Finding> podFailure(Pod pod) {
        var status = pod.getStatus();
        if (status.getReason() == null) {
            return Optional.empty();
        }
        var message = Objects.requireNonNullElse(status.getMessage(), "the kubelet gave no message");
        return Optional.of(
                status.getReason().equals("DeadlineExceeded")
                        ? new Finding("TimedOut", "the step reached its time limit and was ended")
                        : new Finding(status.getReason(), message));
    }

    private Observation waiting(Pod pod) {
        var problem = statuses(pod)
                .filter(status -> status.getState() != null && status.getState().getWaiting() != null)
                .filter(status -> status.getState().getWaiting().getReason() != null)
                .filter(status ->
                        !NORMAL.contains(status.getState().getWaiting().getReason()))
                .findFirst();
        if (problem.isEmpty()) {
            return unscheduled(pod)
                    .orElseGet(() -> new Observation.Waiting(STARTING, "its pod is starting", Optional.empty()));
        }
        var state = problem.get().getState().getWaiting();
        var reason = state.getReason();
        var message = Objects.requireNonNullElse(state.getMessage(), "");
        var limit = HOPELESS.contains(reason) ? Instant.EPOCH : since(pod).plus(patience);
        return switch (reason) {
            case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull" ->
                new Observation.Waiting(NO_IMAGE, "cannot pull the image: " + message, Optional.of(limit));
            case "CrashLoopBackOff" ->
                new Observation.Waiting(
                        "DaemonFailed", problem.get().getName() + " does not stay up: " + message, Optional.of(limit));
            default -> new Observation.Waiting(reason, message, Optional.of(limit));
        };
    }

    private static Optional<Observation> unscheduled(Pod pod) {
        return condition(pod, "PodScheduled")
                .filter(scheduled -> "False".equals(scheduled.getStatus()))
                .map(scheduled -> new Observation.Waiting(
                        "Unschedulable",
                        "no node takes its pod: " + Objects.requireNonNullElse(scheduled.getMessage(), ""),
                        Optional.empty()));
    }

    private static Stream<ContainerStatus> statuses(Pod pod) {
        return Stream.of(
                        pod.getStatus().getInitContainerStatuses(),
                        pod.getStatus().getContainerStatuses())
                .filter(Objects::nonNull)
                .flatMap(List::stream);
    }

    /** When the pod got its node, and so when its images began to be pulled. */
    private static Instant since(Pod pod) {
        return Instant.parse(condition(pod, "PodScheduled")
                .map(PodCondition::getLastTransitionTime)
                .orElse(pod.getMetadata().getCreationTimestamp()));
    }

    /** When the last of its containers ended. */
    public static Instant finishedAt(Pod pod) {
        return statuses(pod)
                .map(ContainerStatus::getState)
                .filter(state -> state != null && state.getTerminated() != null)
                .map(state -> state.getTerminated().getFinishedAt())
                .filter(Objects::nonNull)
                .map(Instant::parse)
                .max(Instant::compareTo)
                .orElseGet(() -> since(pod));
    }

    private static Optional<PodCondition> condition(Pod pod, String type) {
        List<PodCondition> conditions = orEmpty(pod.getStatus().getConditions());
        return conditions.stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
