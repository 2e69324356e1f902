package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.controller.access.ForgeAccess;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.pipeline.ReportAttempt.Work;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.forge.CommitResult;
import dev.hearth.core.forge.ReportPiece;
import dev.hearth.core.forge.ReportPlan;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.trigger.PollPause;
import dev.hearth.forge.ForgeException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * Makes each commit show the result of its runs at the forge, and repairs what the forge shows otherwise. It is background work
 * beside the runs: what a forge does not take now is reported later.
 */
@ApplicationScoped
public class CommitStatusReporter {
    private static final Logger LOG = Logger.getLogger(CommitStatusReporter.class);
    private static final String TOPIC = "commit-statuses";

    /** Between attempts, doubled with each failure. */
    private static final PollPause PAUSE = new PollPause(Duration.ofMinutes(10), 0);

    private final ForgeAccess forges;
    private final PipelineRunClient runs;
    private final MeterRegistry meters;
    private final Clock clock;
    private final BackgroundWork<Pipeline, Boolean> work;
    private final Map<ResourceID, Reported> reported = new ConcurrentHashMap<>();

    public CommitStatusReporter(ForgeAccess forges, PipelineRunClient runs, MeterRegistry meters, Clock clock) {
        this.forges = forges;
        this.runs = runs;
        this.meters = meters;
        this.clock = clock;
        this.work = new BackgroundWork<>(TOPIC, clock);
    }

    /**
     * The progress of the reports of a pipeline.
     *
     * @param unreported names of finished runs whose result the forge does not show yet
     * @param next time until something is due; empty if nothing is, or if the end of the work causes a reconciliation
     */
    record Progress(Set<String> unreported, Optional<Duration> next) {
        static final Progress NONE = new Progress(Set.of(), Optional.empty());
    }

    SimpleInboundEventSource<Pipeline> events() {
        return work.events();
    }

    /**
     * Starts to report what is due.
     *
     * @param all runs of the pipeline that can be read
     * @param complete whether these are all runs
     */
    Progress report(Pipeline pipeline, Collection<PipelineRun> all, boolean complete) {
        var id = ResourceID.fromResource(pipeline);
        if (!ForgeAccess.isConfigured(pipeline)) {
            reported.remove(id);
            return Progress.NONE;
        }
        var target = ForgeAccess.target(pipeline).orElse("");
        var identity = pipeline.getMetadata().getUid() + "/" + target;
        var known = reported.compute(
                id,
                (_, before) -> before != null && before.identity.equals(identity)
                        ? before
                        : new Reported(identity, clock.instant()));
        var now = clock.instant();
        var results = CommitResult.of(
                RunOutcomeReader.read(pipeline, all, now.minus(ReportPlan.OLDEST), known.shown.keySet()), target);
        known.forget(results, complete);
        var plan = ReportPlan.of(results, known.shown, complete, known.since, now);
        var unreported = ReportPlan.unreported(results, now);
        if (plan.due().isEmpty()) {
            return new Progress(unreported, plan.next().map(at -> Duration.between(now, at)));
        }
        if (now.isBefore(known.notBefore)) {
            return new Progress(unreported, Optional.of(Duration.between(now, known.notBefore)));
        }
        var allowance = known.steps(now);
        var piece = ReportPiece.of(plan.due(), known.shown, allowance);
        if (piece.due().isEmpty()) {
            return new Progress(unreported, Optional.of(Duration.between(now, allowance.until())));
        }
        // The same question each time, so that there is one piece of work, and its end causes the next.
        var _ = work.ask(
                pipeline,
                TOPIC,
                identity,
                Duration.ZERO,
                () -> reportAll(pipeline, new Work(piece, results, all), known));
        return new Progress(unreported, Optional.empty());
    }

    /** Returns why results of a pipeline are not shown. Empty if they are. */
    Optional<StatusReason> problem(Pipeline pipeline) {
        return Optional.ofNullable(reported.get(ResourceID.fromResource(pipeline)))
                .flatMap(Reported::problem);
    }

    /** Forgets pipelines that no longer exist. */
    void retain(Predicate<ResourceID> exists) {
        work.retain(exists);
        reported.keySet().removeIf(id -> !exists.test(id));
    }

    private boolean reportAll(Pipeline pipeline, Work piece, Reported known) {
        var attempt = new ReportAttempt(pipeline, piece, known, new OfRuns(piece.runs()), clock);
        known.failure = failure(pipeline, attempt, known);
        if (known.failure.isEmpty()) {
            known.failures = 0;
            return true;
        }
        count("Failed");
        // A slow forge that makes progress is not one that fails more and more.
        known.failures = attempt.madeProgress() ? 1 : known.failures + 1;
        var pause = clock.instant().plus(PAUSE.after(known.failures));
        known.notBefore = known.notBefore.isAfter(pause) ? known.notBefore : pause;
        return false;
    }

    /** Returns why an attempt has ended early. */
    @SuppressWarnings("IllegalCatch") // whatever it is, the next attempt needs a pause
    private Optional<StatusReason> failure(Pipeline pipeline, ReportAttempt attempt, Reported known) {
        try {
            attempt.report(forges.open(pipeline));
            return Optional.empty();
        } catch (Problem e) {
            return Optional.of(e.statusReason());
        } catch (ForgeException e) {
            e.until().ifPresent(until -> known.notBefore = until);
            return Optional.of(ForgeAccess.statusReason(e));
        } catch (KubernetesClientException e) {
            return Optional.of(ApiRejection.statusReason(e));
        } catch (RuntimeException e) {
            LOG.errorf(e, "%s: the results cannot be reported", ResourceName.of(pipeline));
            return Optional.of(new StatusReason(Reason.InternalError, "the results cannot be reported: " + e));
        }
    }

    /** Notes at finished runs what is shown, for the process after this one. What cannot be noted now is compared again by it. */
    private final class OfRuns implements ReportAttempt.Journal {
        private final Collection<PipelineRun> all;

        OfRuns(Collection<PipelineRun> all) {
            this.all = all;
        }

        @Override
        public void count(String outcome) {
            CommitStatusReporter.this.count(outcome);
        }

        @Override
        public void remember(CommitResult result) {
            if (!result.status().state().isFinal()) {
                return;
            }
            for (PipelineRun run : all) {
                if (RunOutcomeReader.isFinished(run, result.commit())
                        && !RunOutcomeReader.isNoted(run, result.text())) {
                    try {
                        runs.annotate(run, Map.of(RunOutcomeReader.REPORTED, result.text()));
                    } catch (KubernetesClientException e) {
                        LOG.debugf("%s: cannot be annotated: %s", ResourceName.of(run), e.getMessage());
                    }
                }
            }
        }
    }

    private void count(String outcome) {
        meters.counter("hearth.forge.statuses", "outcome", outcome).increment();
    }
}
