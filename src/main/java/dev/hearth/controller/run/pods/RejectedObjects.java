package dev.hearth.controller.run.pods;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.run.Observation;
import dev.hearth.core.status.StatusReason;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Remembers which objects of runs the API server rejected, and why: an exhausted quota, the Pod Security level of the
 * namespace, an invalid field, a name that another object has. It is held in memory: after a restart they are tried
 * again.
 */
@ApplicationScoped
public class RejectedObjects {
    /** Time between attempts to create an object. */
    public static final Duration RETRY = Duration.ofSeconds(5);

    private static final Logger LOG = Logger.getLogger(RejectedObjects.class);

    private final Map<Key, Rejection> rejections = new ConcurrentHashMap<>();
    private final Clock clock;
    private final Duration patience;

    public RejectedObjects(HearthConfig config, Clock clock) {
        this.clock = clock;
        this.patience = config.imagePullPatience();
    }

    /** The run is identified by its uid: a later run may have the same name. */
    private record Key(String runUid, String name) {
        static Key of(RunContext run, String name) {
            return new Key(run.uid(), name);
        }
    }

    private record Rejection(Instant since, Instant at, StatusReason why, boolean passing) {}

    /**
     * Remembers a rejection.
     *
     * @param name name of the pod that needs the object, or of the scope
     */
    public void add(RunContext run, String name, RuntimeException cause) {
        var why = ApiRejection.statusReason(cause);
        add(
                run,
                name,
                new StatusReason(
                        Reason.CreationRejected,
                        "the API server rejected an object that the step needs: " + why.message()),
                ApiRejection.isTransient(cause));
    }

    /** Remembers that Hearth itself refuses to create an object. That does not pass without a change by a user. */
    public void add(RunContext run, String name, StatusReason why) {
        add(run, name, why, false);
    }

    private void add(RunContext run, String name, StatusReason why, boolean passing) {
        LOG.debugf("%s: %s cannot be created: %s", ResourceName.of(run.resource()), name, why.message());
        var now = clock.instant();
        rejections.merge(
                Key.of(run, name),
                new Rejection(now, now, why, passing),
                (before, latest) -> new Rejection(before.since(), latest.at(), latest.why(), latest.passing()));
    }

    /** Returns why the last attempt to create an object was rejected. Empty if it was not. */
    public Optional<StatusReason> why(RunContext run, String name) {
        return Optional.ofNullable(rejections.get(Key.of(run, name))).map(Rejection::why);
    }

    /** Forgets an object that was accepted. */
    public void forget(RunContext run, String name) {
        rejections.remove(Key.of(run, name));
    }

    /** Forgets all objects of a finished or deleted run. */
    public void forget(PipelineRun run) {
        rejections
                .keySet()
                .removeIf(key -> key.runUid().equals(run.getMetadata().getUid()));
    }

    /**
     * Returns what a step whose pod was rejected waits for. Empty if the pod was not rejected, or is to be created
     * again.
     *
     * @param now the time of the decision, so that both see the same limit
     */
    public Optional<Observation> observe(RunContext run, String pod, Instant now) {
        var rejection = rejections.get(Key.of(run, pod));
        if (rejection == null) {
            return Optional.empty();
        }
        var limit = rejection.passing() ? run.pendingTimeout() : patience;
        var end = rejection.since().plus(limit);
        if (now.isBefore(end) && !now.isBefore(rejection.at().plus(RETRY))) {
            return Optional.empty();
        }
        return Optional.of(new Observation.Waiting(
                rejection.why().reason(),
                rejection.why().message(),
                Optional.of(now.isBefore(end) ? rejection.at().plus(RETRY).plusMillis(1) : end),
                rejection.passing() ? Failure.Infrastructure : Failure.Setup));
    }
}
