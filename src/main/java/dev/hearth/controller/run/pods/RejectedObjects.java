package dev.hearth.controller.run.pods;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.run.Observation;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Durations;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Objects of runs that the API server did not take: a quota that is used up, a namespace whose Pod Security level forbids
 * them, a field that is not valid, a name that another object has. In memory alone: after a restart they are tried again.
 */
@ApplicationScoped
public class RejectedObjects {
    /** How long until the next try. */
    public static final Duration RETRY = Duration.ofSeconds(5);

    private final Map<Key, Refusal> refusals = new ConcurrentHashMap<>();
    private final Clock clock;
    private final Duration patience;

    public RejectedObjects(HearthConfig config, Clock clock) {
        this.clock = clock;
        this.patience = config.imagePullPatience();
    }

    /** Of one run: another one may have its name later. */
    private record Key(String runUid, String name) {
        static Key of(RunContext view, String name) {
            return new Key(view.run().getMetadata().getUid(), name);
        }
    }

    private record Refusal(Instant since, Instant at, StatusReason why, boolean passing) {}

    /**
     * Notes a refusal.
     *
     * @param name by which it is asked for: that of the pod that needs the object, or of the scope
     */
    public void add(RunContext view, String name, RuntimeException cause) {
        var why = ApiRejection.finding(cause);
        add(
                view,
                name,
                new StatusReason(Reason.CreationRejected, "the cluster does not take what it needs: " + why.message()),
                ApiRejection.isPassing(cause));
    }

    /** One that only a person can help: Hearth itself does not create it. */
    public void add(RunContext view, String name, StatusReason why) {
        add(view, name, why, false);
    }

    private void add(RunContext view, String name, StatusReason why, boolean passing) {
        var now = clock.instant();
        refusals.merge(
                Key.of(view, name),
                new Refusal(now, now, why, passing),
                (before, latest) -> new Refusal(before.since(), latest.at(), latest.why(), latest.passing()));
    }

    /** Why an object was refused when it was last tried. */
    public Optional<StatusReason> why(RunContext view, String name) {
        return Optional.ofNullable(refusals.get(Key.of(view, name))).map(Refusal::why);
    }

    /** Forgets an object that was taken. */
    public void forget(RunContext view, String name) {
        refusals.remove(Key.of(view, name));
    }

    /** Forgets all of a run that is over, or gone. */
    public void forget(PipelineRun run) {
        refusals.keySet().removeIf(key -> key.runUid().equals(run.getMetadata().getUid()));
    }

    /**
     * What a step whose pod was refused waits for; empty once it is to be tried again.
     *
     * @param now of the decision: by a later clock patience could have ended for us and not for it
     */
    public Optional<Observation> observe(RunContext view, String pod, Instant now) {
        var refusal = refusals.get(Key.of(view, pod));
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
}
