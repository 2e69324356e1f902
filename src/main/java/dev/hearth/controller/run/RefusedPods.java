package dev.hearth.controller.run;

import dev.hearth.api.StepStatus.Failure;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.plan.Durations;
import dev.hearth.core.run.Observation;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Pods that the API server did not take: a quota that is used up, a namespace whose Pod Security level forbids them, a field
 * that is not valid. In memory alone: after a restart they are tried again.
 */
@ApplicationScoped
public class RefusedPods {
    /** How long until the next try. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();
    private final Clock clock;
    private final Duration patience;

    public RefusedPods(HearthConfig config, Clock clock) {
        this.clock = clock;
        this.patience = config.imagePullPatience();
    }

    private record Refusal(Instant since, Instant at, Finding why, boolean passing) {}

    void add(String namespace, String pod, KubernetesClientException cause) {
        var message = cause.getStatus() == null
                ? cause.getMessage()
                : cause.getStatus().getMessage();
        add(
                namespace,
                pod,
                new Finding("PodRefused", "the cluster does not take its pod: " + message),
                isPassing(cause));
    }

    /** One that only a person can help: Hearth itself does not create it. */
    void add(String namespace, String pod, Finding why) {
        add(namespace, pod, why, false);
    }

    private void add(String namespace, String pod, Finding why, boolean passing) {
        var now = clock.instant();
        refusals.merge(
                namespace + "/" + pod,
                new Refusal(now, now, why, passing),
                (before, latest) -> new Refusal(before.since(), latest.at(), latest.why(), latest.passing()));
    }

    void forget(String namespace, String pod) {
        refusals.remove(namespace + "/" + pod);
    }

    /**
     * What a step whose pod was refused waits for; empty once it is to be tried again.
     *
     * @param now of the decision: by a later clock patience could have ended for us and not for it
     */
    Optional<Observation> observe(RunView view, String pod, Instant now) {
        var refusal = refusals.get(view.namespace() + "/" + pod);
        if (refusal == null) {
            return Optional.empty();
        }
        var limit = refusal.passing() ? Durations.parse(view.spec().pendingTimeout()) : patience;
        var end = refusal.since().plus(limit);
        if (now.isBefore(end) && !now.isBefore(refusal.at().plus(RETRY))) {
            return Optional.empty();
        }
        return Optional.of(new Observation.Waiting(
                refusal.why().reason(),
                refusal.why().message(),
                Optional.of(now.isBefore(end) ? refusal.at().plus(RETRY).plusMillis(1) : end),
                refusal.passing() ? Failure.Infrastructure : Failure.Setup));
    }

    /** A quota that others use now may be free later, and a server that is busy answers later. */
    private static boolean isPassing(KubernetesClientException cause) {
        var message = String.valueOf(cause.getMessage());
        return cause.getCode() == 0
                || cause.getCode() == 429
                || cause.getCode() >= 500
                || message.contains("exceeded quota");
    }
}
