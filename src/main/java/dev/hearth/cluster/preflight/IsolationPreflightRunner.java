package dev.hearth.cluster.preflight;

import dev.hearth.api.Reason;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.NameTaken;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.observe.PreflightReader;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs the pods that try a form of isolation, and takes them away again. One that an operator before this one left is
 * replaced, since its name is the same. Blocks until it knows, so not for a thread that reconciles.
 */
@ApplicationScoped
public class IsolationPreflightRunner {
    /** How often to look at a pod that shows nothing. */
    private static final Duration LOOK = Duration.ofSeconds(3);

    private static final long PATIENCE_UNDERWAY = 4;

    /** What kubelet and runtimes say where they, or a file system, cannot do user namespaces. */
    private static final Pattern NO_USER_NAMESPACES =
            Pattern.compile("user ?namespace|userns|id-?map", Pattern.CASE_INSENSITIVE);

    private final KubernetesClient client;
    private final Clock clock;
    private final PreflightObjects trials;

    public IsolationPreflightRunner(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
        this.trials = new PreflightObjects(client);
    }

    /**
     * What comes of a pod.
     *
     * @param patience how long it may take, and a few times that while it gets on
     */
    public Result run(Pod pod, Duration patience) {
        try {
            var made = trials.replace(pod);
            try {
                return watch(made, patience);
            } finally {
                trials.remove(made);
            }
        } catch (NameTaken e) {
            return new Result.Delayed(e.finding());
        } catch (KubernetesClientTimeoutException e) {
            return new Result.Delayed(
                    new StatusReason(Reason.PreflightTimedOut, "an earlier trial's pod does not go away"));
        } catch (KubernetesClientException e) {
            return refused(e);
        }
    }

    private Result watch(Pod made, Duration patience) {
        var handle = client.pods().resource(made);
        var limit = clock.instant().plus(patience);
        var last = limit.plus(patience.multipliedBy(PATIENCE_UNDERWAY));
        while (true) {
            var pod = next(handle, made);
            if (pod == null || !PreflightObjects.isSame(pod, made)) {
                return new Result.Delayed(
                        new StatusReason(Reason.PreflightLost, "the trial's pod was deleted before it ended"));
            }
            var shown = PreflightReader.read(pod);
            if (shown.isPresent()) {
                return shown.get();
            }
            var stuck = PreflightReader.hasNoSandbox(pod) && !clock.instant().isBefore(limit)
                    ? sandboxProblem(pod)
                    : Optional.<Result>empty();
            if (stuck.isPresent()) {
                return stuck.get();
            }
            if (!clock.instant().isBefore(PreflightReader.isUnderway(pod) ? last : limit)) {
                return PreflightReader.overdue(pod);
            }
        }
    }

    /** The pod once it has shown something, or as it is after a while. */
    private static @Nullable Pod next(PodResource handle, Pod made) {
        try {
            return handle.waitUntilCondition(
                    pod -> pod == null
                            || !PreflightObjects.isSame(pod, made)
                            || PreflightReader.read(pod).isPresent(),
                    LOOK.toSeconds(),
                    TimeUnit.SECONDS);
        } catch (KubernetesClientTimeoutException e) {
            return handle.get();
        }
    }

    /**
     * Why a pod has had no sandbox for all of its time, which its status does not say. A user who may create events can forge
     * this one, so it explains what the status shows, and decides nothing alone.
     */
    private Optional<Result> sandboxProblem(Pod pod) {
        return client
                .v1()
                .events()
                .inNamespace(pod.getMetadata().getNamespace())
                .withField("involvedObject.uid", pod.getMetadata().getUid())
                .list()
                .getItems()
                .stream()
                .filter(event -> "Warning".equals(event.getType()))
                .map(Event::getMessage)
                .filter(message ->
                        message != null && NO_USER_NAMESPACES.matcher(message).find())
                .findFirst()
                .map(message -> new Result.Impossible(new StatusReason(Reason.UserNamespacesUnsupported, message)));
    }

    /** A pod that the API server does not take, or not now. */
    static Result refused(KubernetesClientException e) {
        var message = ApiRejection.message(e);
        if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN && message.contains("violates PodSecurity")) {
            return new Result.Impossible(new StatusReason(Reason.PodSecurityViolation, message));
        }
        var why = new StatusReason(Reason.CreationRejected, message);
        return ApiRejection.isPassing(e) || e.getCode() == HttpURLConnection.HTTP_CONFLICT
                ? new Result.Delayed(why)
                : new Result.Impossible(why);
    }
}
