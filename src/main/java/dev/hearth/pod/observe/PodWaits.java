package dev.hearth.pod.observe;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.buildkit.DaemonLog;
import dev.hearth.core.run.Observation;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.task.ServiceContainer;
import dev.hearth.pod.task.TaskCacheMounts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds out why the step of a pod does not run yet.
 *
 * @param patience how long the pod may wait for its image or its daemon before the step fails
 * @param pending how long the pod may wait for a node or for its first container before the step fails
 */
record PodWaits(Pod pod, Duration patience, Duration pending) {
    /** Waits before a container of the pod runs, which tell nothing about its program. */
    static final Set<Reason> OF_THE_CLUSTER = Set.of(Reason.ImagePullFailed, Reason.Starting, Reason.Unschedulable);

    /** The kubelet's reasons for a normal wait, in which nothing needs to be corrected. */
    private static final Set<String> NORMAL = Set.of("ContainerCreating", "PodInitializing", "Pulling");

    /** Reasons for which the kubelet never pulls the image, however long the pod waits. */
    private static final Set<String> PERMANENT = Set.of("InvalidImageName", "ErrImageNeverPull");

    /**
     * Errors of a registry for an image that does not exist or must not be pulled. Another pull gets the same answer.
     */
    private static final Pattern NO_SUCH_IMAGE = Pattern.compile(
            "not found|manifest unknown|does not exist|denied|unauthorized|authorization failed|forbidden|invalid reference",
            Pattern.CASE_INSENSITIVE);

    /** A line of a trace, and what may be the end of one at the beginning of a log that was cut. */
    private static final Pattern TRACE =
            Pattern.compile("^(?:" + DaemonLog.PREFIX + ".*|[A-Za-z0-9+/=]{60,})$", Pattern.MULTILINE);

    /** Returns why the step waits, and until when it may. */
    Observation.OfPod reason() {
        return service()
                .or(this::problem)
                .or(this::unscheduled)
                .or(this::restoring)
                .orElseGet(this::starting);
    }

    /**
     * Returns a wait if the daemon has ended several times, so that the kubelet delays its next start. A solve may
     * still run.
     */
    Optional<Observation.OfPod> daemonDown() {
        return ContainerStates.of(pod, BuildPod.DAEMON)
                .filter(status -> status.getState().getWaiting() != null
                        && "CrashLoopBackOff"
                                .equals(status.getState().getWaiting().getReason()))
                .map(_ -> new Observation.Waiting(
                        Reason.DaemonFailed,
                        "BuildKit keeps failing: " + daemonExitMessage(pod).orElse("it gave no message"),
                        Optional.of(ContainerStates.since(pod).plus(patience)),
                        Failure.Infrastructure));
    }

    /**
     * Returns the termination message of a daemon that ended by itself, or the end of its log. Leaves out the lines of traces:
     * nobody can read them, and their Secrets are not masked. Empty if the daemon did not end.
     */
    static Optional<String> daemonExitMessage(Pod pod) {
        return ContainerStates.of(pod, BuildPod.DAEMON)
                .flatMap(PodWaits::lastEnd)
                .map(ended -> Optional.ofNullable(ended.getMessage())
                        .map(message -> TRACE.matcher(message).replaceAll("").strip())
                        .filter(message -> !message.isEmpty())
                        .orElseGet(() -> "exit code " + ended.getExitCode()));
    }

    private Observation.OfPod starting() {
        var nothingRan = ContainerStates.all(pod)
                .allMatch(status -> status.getState() == null
                        || (status.getState().getRunning() == null
                                && status.getState().getTerminated() == null));
        return new Observation.Waiting(
                Reason.Starting,
                "its pod is starting",
                nothingRan ? Optional.of(begun().plus(pending)) : Optional.empty(),
                Failure.Infrastructure);
    }

    /** Has no limit: copies of task caches have one of their own, after which the task starts without them. */
    private Optional<Observation.OfPod> restoring() {
        return ContainerStates.of(pod, TaskCacheMounts.CONTAINER)
                .filter(status -> status.getState().getRunning() != null && !Boolean.TRUE.equals(status.getStarted()))
                .map(_ -> Observation.Waiting.patiently(Reason.RestoringCaches, "its caches are being copied"));
    }

    /** Returns a wait for a service: the kubelet starts the command when all services are ready. */
    private Optional<Observation.OfPod> service() {
        return PodServices.of(pod)
                .filter(container -> container.getStartupProbe() != null)
                .flatMap(container ->
                        ContainerStates.of(pod, container.getName())
                                .flatMap(status -> unready(container, status))
                                .stream())
                .findFirst();
    }

    private static Optional<Observation.OfPod> unready(Container container, ContainerStatus status) {
        var name = ServiceContainer.service(container);
        var ended =
                lastEnd(status).or(() -> Optional.ofNullable(status.getState().getTerminated()));
        if (ended.isPresent()) {
            // The kubelet ends a service that is not ready in time, and restarts it.
            return Optional.of(new Observation.Waiting(
                    Reason.ServiceNotReady,
                    "service " + name + " ended with exit code " + ended.get().getExitCode()
                            + " before it was ready, or was not ready within "
                            + ServiceContainer.readyWithin(container).toSeconds() + " s",
                    Optional.of(Instant.EPOCH),
                    Failure.Service));
        }
        var running = status.getState().getRunning();
        if (running == null || Boolean.TRUE.equals(status.getStarted())) {
            return Optional.empty();
        }
        var since = Instant.parse(running.getStartedAt());
        return Optional.of(new Observation.Waiting(
                Reason.ServiceNotReady,
                "waiting for service " + name + " to be ready, at most "
                        + ServiceContainer.readyWithin(container).toSeconds() + " s",
                Optional.of(since.plus(ServiceContainer.readyWithin(container))),
                Failure.Service));
    }

    private Optional<Observation.OfPod> problem() {
        return ContainerStates.all(pod)
                .filter(status -> status.getState() != null && status.getState().getWaiting() != null)
                .filter(status -> status.getState().getWaiting().getReason() != null)
                .filter(status ->
                        !NORMAL.contains(status.getState().getWaiting().getReason()))
                .findFirst()
                .map(this::problem);
    }

    private Observation.OfPod problem(ContainerStatus status) {
        var state = status.getState().getWaiting();
        var reason = state.getReason();
        var message = Objects.requireNonNullElse(state.getMessage(), "");
        var limit = Optional.of(
                PERMANENT.contains(reason)
                        ? Instant.EPOCH
                        : ContainerStates.since(pod).plus(patience));
        return switch (reason) {
            case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull" ->
                new Observation.Waiting(
                        Reason.ImagePullFailed, "cannot pull the image: " + message, limit, pull(reason, message));
            case "CrashLoopBackOff" -> {
                var service = isService(status.getName());
                yield new Observation.Waiting(
                        service ? Reason.ServiceNotReady : Reason.DaemonFailed,
                        "container " + status.getName() + " keeps failing: " + message,
                        limit,
                        service ? Failure.Service : Failure.Infrastructure);
            }
            case "CreateContainerConfigError" ->
                UnmountableFolder.explain(pod, message)
                        .map(why -> new Observation.Waiting(
                                Reason.CreateContainerConfigError, why.text(), limit, why.fault()))
                        .orElseGet(() -> new Observation.Waiting(
                                Reason.CreateContainerConfigError,
                                "its container refers to an object that does not exist: " + message,
                                limit,
                                Failure.Setup));
            case "CreateContainerError" ->
                new Observation.Waiting(Reason.CreateContainerError, message, limit, Failure.Infrastructure);
            case "RunContainerError" ->
                new Observation.Waiting(Reason.RunContainerError, message, limit, Failure.Infrastructure);
            default ->
                new Observation.Waiting(
                        Reason.ContainerNotStarted, reason + ": " + message, limit, Failure.Infrastructure);
        };
    }

    private boolean isService(String container) {
        return PodServices.of(pod).map(Container::getName).anyMatch(container::equals);
    }

    private static Failure pull(String reason, String message) {
        return PERMANENT.contains(reason) || NO_SUCH_IMAGE.matcher(message).find()
                ? Failure.Setup
                : Failure.Infrastructure;
    }

    private Optional<Observation.OfPod> unscheduled() {
        return ContainerStates.condition(pod, "PodScheduled")
                .filter(scheduled -> "False".equals(scheduled.getStatus()))
                .map(scheduled -> new Observation.Waiting(
                        Reason.Unschedulable,
                        "no node fits its pod: " + Objects.requireNonNullElse(scheduled.getMessage(), ""),
                        Optional.of(begun().plus(pending)),
                        Failure.Infrastructure));
    }

    /** Returns when the pod was created, or when its run took it. */
    private Instant begun() {
        return ContainerStates.sinceTaken(pod, Instant.parse(pod.getMetadata().getCreationTimestamp()));
    }

    private static Optional<ContainerStateTerminated> lastEnd(ContainerStatus status) {
        return Optional.ofNullable(status.getLastState()).map(state -> state.getTerminated());
    }
}
