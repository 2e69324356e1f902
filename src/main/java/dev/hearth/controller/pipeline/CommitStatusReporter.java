package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.controller.access.ForgeAccess;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.forge.CommitResult;
import dev.hearth.core.forge.ReportPlan;
import dev.hearth.core.forge.ReportPlan.Shown;
import dev.hearth.core.forge.ResultComment;
import dev.hearth.core.forge.RunDetails;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.trigger.PollPause;
import dev.hearth.forge.ForgeApi;
import dev.hearth.forge.ForgeException;
import dev.hearth.forge.NamedStatus;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Makes each commit show the result of its runs at the forge, and repairs what the forge shows otherwise. It is background work
 * beside the runs: what a forge does not take now is reported later.
 */
@ApplicationScoped
public class CommitStatusReporter {
    private static final Logger LOG = Logger.getLogger(CommitStatusReporter.class);
    private static final String TOPIC = "commit-statuses";

    /** Commits of one piece of work. The next one begins with the newest results. */
    private static final int AT_ONCE = 10;

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

    /** What this process has seen at one target: a status name of a repository, for one pipeline. */
    private static final class Reported {
        final String identity;
        final Instant since;
        final Map<String, Shown> shown = new ConcurrentHashMap<>();
        final Map<String, StatusReason> refused = new ConcurrentHashMap<>();
        volatile Optional<StatusReason> failure = Optional.empty();
        volatile Instant notBefore = Instant.MIN;
        volatile int failures;

        Reported(String identity, Instant since) {
            this.identity = identity;
            this.since = since;
        }

        /** Notes that the forge refuses a status, which counts as shown until it is compared again. */
        void refuse(CommitResult result, StatusReason why, Shown counted) {
            refused.put(result.commit(), why);
            shown.put(result.commit(), counted);
        }

        /** Notes what the forge shows. If the token has got the right to write statuses, those that it lacked are due. */
        void accept(CommitResult result, Instant now) {
            var before = shown.put(result.commit(), Shown.of(result, now));
            if (before != null && before.denied()) {
                shown.values().removeIf(Shown::denied);
            }
        }
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
        forget(known, results, complete);
        var plan = ReportPlan.of(results, known.shown, complete, known.since, now);
        var unreported = ReportPlan.unreported(results, now);
        if (plan.due().isEmpty()) {
            return new Progress(unreported, plan.next().map(at -> Duration.between(now, at)));
        }
        if (now.isBefore(known.notBefore)) {
            return new Progress(unreported, Optional.of(Duration.between(now, known.notBefore)));
        }
        var due = plan.due().stream().limit(AT_ONCE).toList();
        // The same question each time, so that there is one piece of work, and its end causes the next.
        var _ = work.ask(
                pipeline,
                TOPIC,
                identity,
                Duration.ZERO,
                () -> reportAll(pipeline, new Work(due, results, all), known));
        return new Progress(unreported, Optional.empty());
    }

    /** Forgets commits without runs. One that shows that a run goes on is kept until it shows another result. */
    private static void forget(Reported known, List<CommitResult> results, boolean complete) {
        var commits = results.stream().map(CommitResult::commit).collect(Collectors.toSet());
        known.refused.keySet().retainAll(commits);
        if (complete) {
            known.shown
                    .entrySet()
                    .removeIf(entry -> !commits.contains(entry.getKey())
                            && entry.getValue().status().state().isFinal());
        }
    }

    /** Returns why results of a pipeline are not shown. Empty if they are. */
    Optional<StatusReason> problem(Pipeline pipeline) {
        return Optional.ofNullable(reported.get(ResourceID.fromResource(pipeline)))
                .flatMap(known -> known.failure.or(() -> known.refused.values().stream()
                        .min(Comparator.comparing(StatusReason::reason).thenComparing(StatusReason::message))));
    }

    /** Forgets pipelines that no longer exist. */
    void retain(Predicate<ResourceID> exists) {
        work.retain(exists);
        reported.keySet().removeIf(id -> !exists.test(id));
    }

    /**
     * One piece of work.
     *
     * @param due what is compared
     * @param results those of all commits
     * @param runs all runs
     */
    private record Work(List<CommitResult> due, List<CommitResult> results, Collection<PipelineRun> runs) {}

    private boolean reportAll(Pipeline pipeline, Work piece, Reported known) {
        var before = known.shown.size() + known.refused.size();
        known.failure = attempt(pipeline, piece, known);
        if (known.failure.isEmpty()) {
            known.failures = 0;
            return true;
        }
        count("Failed");
        // A slow forge that makes progress is not one that fails more and more.
        known.failures = known.shown.size() + known.refused.size() > before ? 1 : known.failures + 1;
        var pause = clock.instant().plus(PAUSE.after(known.failures));
        known.notBefore = known.notBefore.isAfter(pause) ? known.notBefore : pause;
        return false;
    }

    /** Returns why the work has ended early. One result that the forge refuses does not end it. */
    @SuppressWarnings("IllegalCatch") // whatever it is, the next attempt needs a pause
    private Optional<StatusReason> attempt(Pipeline pipeline, Work piece, Reported known) {
        try {
            var forge = forges.open(pipeline);
            for (CommitResult result : piece.due()) {
                try {
                    forge.call(api -> report(pipeline, result, piece.runs(), known, api));
                    known.refused.remove(result.commit());
                    remember(result, piece.runs());
                } catch (ForgeException e) {
                    switch (e.kind()) {
                        case Refused -> {
                            count("Failed");
                            known.refuse(result, ForgeAccess.statusReason(e), Shown.of(result, clock.instant()));
                        }
                        case Unwritable -> {
                            var why = comment(pipeline, forge, result, piece, e);
                            known.refuse(result, why, Shown.ofDenied(result, clock.instant()));
                        }
                        case Unavailable, Denied, NotFound, RateLimited -> throw e;
                    }
                }
            }
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

    private boolean report(
            Pipeline pipeline, CommitResult result, Collection<PipelineRun> all, Reported known, ForgeApi api)
            throws ForgeException {
        var forge = pipeline.getSpec().forge();
        var name = pipeline.getMetadata().getName();
        var details = all.stream()
                .filter(run -> result.run().filter(run.name()::equals).isPresent())
                .findFirst()
                .map(run -> RunDetails.of(
                        result.commit(), RunOutcomeReader.status(run), forge != null && forge.hasButtons()));
        var title = forge == null ? name : forge.statusName(name);
        var wanted = Stream.concat(
                        Stream.of(new NamedStatus(
                                title, result.commit(), result.ref(), result.status(), details.orElse(null))),
                        ReportPlan.steps(result, known.shown.get(result.commit())).stream()
                                .map(step -> new NamedStatus(
                                        title + "/" + step.step(), result.commit(), result.ref(), step.status(), null)))
                .toList();
        var missing = api.missing(wanted);
        if (missing.isEmpty()) {
            count("Unchanged");
        }
        write(pipeline, missing, api);
        known.accept(result, clock.instant());
        return true;
    }

    /**
     * Shows a result whose status may not be written in a comment at its pull requests, if it has any and the token may comment.
     *
     * @return what is wrong
     */
    private StatusReason comment(
            Pipeline pipeline, ForgeAccess.Session forge, CommitResult result, Work piece, ForgeException denied)
            throws ForgeException {
        var why = ForgeAccess.statusReason(denied);
        var numbers = ResultComment.pullRequests(result, piece.results());
        var spec = pipeline.getSpec().forge();
        if (numbers.isEmpty() || spec == null) {
            count("Failed");
            return why;
        }
        var wanted = ResultComment.of(spec.statusName(pipeline.getMetadata().getName()), result);
        try {
            for (long number : numbers) {
                var written = forge.<Boolean>call(api -> api.comment(number, wanted));
                count(written ? "Commented" : "Unchanged");
            }
        } catch (ForgeException e) {
            return switch (e.kind()) {
                case Denied, NotFound, Refused, Unwritable -> {
                    count("Failed");
                    yield why;
                }
                case Unavailable, RateLimited -> throw e;
            };
        }
        remember(result, piece.runs());
        return new StatusReason(
                Reason.ResultsInComments,
                why.message() + ". Until then a comment at each pull request shows its result");
    }

    /** Writes the statuses of a commit. One that the forge refuses keeps no other back. */
    private void write(Pipeline pipeline, List<NamedStatus> missing, ForgeApi api) throws ForgeException {
        var refused = new ArrayList<ForgeException>();
        for (NamedStatus status : missing) {
            LOG.debugf("%s: reports %s", ResourceName.of(pipeline), status);
            try {
                api.write(status);
                count("Written");
            } catch (ForgeException e) {
                if (e.kind() != ForgeException.Kind.Refused) {
                    throw e;
                }
                refused.add(e);
            }
        }
        if (!refused.isEmpty()) {
            throw refused.getFirst();
        }
    }

    /** Notes at finished runs what is shown, for the process after this one. What cannot be noted now is compared again by it. */
    private void remember(CommitResult result, Collection<PipelineRun> all) {
        if (!result.status().state().isFinal()) {
            return;
        }
        for (PipelineRun run : all) {
            if (RunOutcomeReader.isFinished(run, result.commit()) && !RunOutcomeReader.isNoted(run, result.text())) {
                try {
                    runs.annotate(run, Map.of(RunOutcomeReader.REPORTED, result.text()));
                } catch (KubernetesClientException e) {
                    LOG.debugf("%s: cannot be annotated: %s", ResourceName.of(run), e.getMessage());
                }
            }
        }
    }

    private void count(String outcome) {
        meters.counter("hearth.forge.statuses", "outcome", outcome).increment();
    }
}
