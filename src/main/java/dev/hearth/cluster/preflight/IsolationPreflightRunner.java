package dev.hearth.cluster.preflight;

import dev.hearth.api.Reason;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.NameConflictException;
import dev.hearth.cluster.preflight.AdmittedPods.Admitted;
import dev.hearth.config.HearthConfig;
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
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs the pods of preflights for isolation and deletes them again. A pod that an earlier operator process has left is
 * replaced, since it has the same name. The methods block until there is a result, so reconcilers must not call them.
 */
@ApplicationScoped
public class IsolationPreflightRunner {
    /** How often a pod without a result is read. */
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(3);

    /** How many times the patience is added for a pod that makes progress. */
    private static final long EXTRA_PATIENCE = 4;

    /** Errors of kubelets and runtimes if they, or a file system, do not support user namespaces. */
    private static final Pattern NO_USER_NAMESPACES =
            Pattern.compile("user ?namespace|userns|id-?map", Pattern.CASE_INSENSITIVE);

    private final KubernetesClient client;
    private final HearthConfig config;
    private final Clock clock;
    private final PreflightObjects objects;
    private final AdmittedPods admitted;

    public IsolationPreflightRunner(KubernetesClient client, HearthConfig config, Clock clock) {
        this.client = client;
        this.config = config;
        this.clock = clock;
        this.objects = new PreflightObjects(client);
        this.admitted = new AdmittedPods(client, clock);
    }

    /**
     * Runs a pod and returns its result. Runs none if one that was admitted with the same spec, in whichever namespace, has shown
     * within the last hour that its isolation is possible.
     *
     * @param patience time limit for a pod that does not make progress; one that does gets a few times as much
     * @param since earlier results do not count
     */
    public Result run(Pod pod, Duration patience, Instant since) {
        if (config.preflights().shared()
                && admitted.dryRun(pod)
                        .filter(it -> admitted.hasSucceeded(it, since))
                        .isPresent()) {
            return new Result.Possible();
        }
        try {
            var created = objects.replace(pod);
            try {
                var result = watch(created, patience);
                if (result instanceof Result.Possible) {
                    // What has run, not what was to run: a webhook may treat a dry run differently.
                    admitted.succeeded(Admitted.of(created));
                }
                return result;
            } finally {
                objects.remove(created);
            }
        } catch (NameConflictException e) {
            return new Result.Delayed(e.statusReason());
        } catch (KubernetesClientTimeoutException e) {
            return new Result.Delayed(new StatusReason(
                    Reason.PreflightTimedOut, "waiting for the pod of an earlier preflight to be deleted"));
        } catch (KubernetesClientException e) {
            return rejected(e);
        }
    }

    private Result watch(Pod created, Duration patience) {
        var handle = client.pods().resource(created);
        var limit = clock.instant().plus(patience);
        var last = limit.plus(patience.multipliedBy(EXTRA_PATIENCE));
        while (true) {
            var pod = next(handle, created);
            if (pod == null || !PreflightObjects.isSame(pod, created)) {
                return new Result.Delayed(
                        new StatusReason(Reason.PreflightLost, "the preflight's pod was deleted before it ended"));
            }
            var result = PreflightReader.read(pod);
            if (result.isPresent()) {
                return result.get();
            }
            var stuck = PreflightReader.hasNoSandbox(pod) && !clock.instant().isBefore(limit)
                    ? sandboxProblem(pod)
                    : Optional.<Result>empty();
            if (stuck.isPresent()) {
                return stuck.get();
            }
            if (!clock.instant().isBefore(PreflightReader.isInProgress(pod) ? last : limit)) {
                return PreflightReader.overdue(pod);
            }
        }
    }

    /** Waits for a result for a short time and returns the pod. Null if it no longer exists. */
    private static @Nullable Pod next(PodResource handle, Pod created) {
        try {
            return handle.waitUntilCondition(
                    pod -> pod == null
                            || !PreflightObjects.isSame(pod, created)
                            || PreflightReader.read(pod).isPresent(),
                    POLL_INTERVAL.toSeconds(),
                    TimeUnit.SECONDS);
        } catch (KubernetesClientTimeoutException e) {
            return handle.get();
        }
    }

    /**
     * Returns why a pod got no sandbox until its time limit. The pod's status does not tell it, only an event does. A
     * user who may create events can forge one, so it counts only for a pod whose status shows that it has no sandbox.
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

    /** Returns the result if the API server rejects the pod. */
    static Result rejected(KubernetesClientException e) {
        var message = ApiRejection.message(e);
        if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN && message.contains("violates PodSecurity")) {
            return new Result.Impossible(new StatusReason(Reason.PodSecurityViolation, message));
        }
        var why = new StatusReason(Reason.CreationRejected, message);
        return ApiRejection.isTransient(e) || e.getCode() == HttpURLConnection.HTTP_CONFLICT
                ? new Result.Delayed(why)
                : new Result.Impossible(why);
    }
}
