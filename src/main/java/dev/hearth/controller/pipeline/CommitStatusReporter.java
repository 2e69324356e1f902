package dev.hearth.controller.pipeline;

import dev.hearth.api.ForgeSpec;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.controller.access.ForgeToken;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.forge.CommitResult;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.core.forge.ReportPlan;
import dev.hearth.core.forge.ReportPlan.Shown;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.status.StatusReason;
import dev.hearth.forge.ForgeApi;
import dev.hearth.forge.ForgeClient;
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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Makes each commit show the result of its runs at the forge, and repairs what the forge shows otherwise. A forge that does
 * not answer or refuses never delays a run: what is missing is reported later.
 */
@ApplicationScoped
public class CommitStatusReporter {
    private static final Logger LOG = Logger.getLogger(CommitStatusReporter.class);
    private static final String TOPIC = "commit-statuses";

    /** Commits of one piece of work, so that it ends within its time limit. */
    private static final int AT_ONCE = 10;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
    private static final int MAX_DOUBLINGS = 6;
    private static final Duration EXPIRY_WARNING = Duration.ofDays(14);

    private final ForgeClient forges;
    private final ForgeToken tokens;
    private final PipelineRunClient runs;
    private final MeterRegistry meters;
    private final Clock clock;
    private final Instant startedAt;
    private final BackgroundWork<Pipeline, Boolean> work;
    private final Map<ResourceID, Reported> reported = new ConcurrentHashMap<>();

    public CommitStatusReporter(
            ForgeClient forges, ForgeToken tokens, PipelineRunClient runs, MeterRegistry meters, Clock clock) {
        this.forges = forges;
        this.tokens = tokens;
        this.runs = runs;
        this.meters = meters;
        this.clock = clock;
        this.startedAt = clock.instant();
        this.work = new BackgroundWork<>(TOPIC, clock);
    }

    /** What this process has seen at the forge of one pipeline. */
    private static final class Reported {
        final ReentrantLock lock = new ReentrantLock(true);
        final Map<String, Shown> shown = new ConcurrentHashMap<>();
        volatile Optional<StatusReason> problem = Optional.empty();
        volatile Optional<StatusReason> warning = Optional.empty();
        volatile Instant notBefore = Instant.MIN;
        volatile int failures;
    }

    SimpleInboundEventSource<Pipeline> events() {
        return work.events();
    }

    /**
     * Starts to report what is due.
     *
     * @return time until something is due. Empty if nothing is, or if the end of the work causes a reconciliation
     */
    Optional<Duration> report(Pipeline pipeline, Collection<PipelineRun> all) {
        var id = ResourceID.fromResource(pipeline);
        var forge = pipeline.getSpec().forge();
        if (forge == null || forge.token() == null) {
            reported.remove(id);
            return Optional.empty();
        }
        var known = reported.computeIfAbsent(id, _ -> new Reported());
        var results = CommitResult.of(RunOutcomeReader.read(all));
        var now = clock.instant();
        var plan = ReportPlan.of(results, known.shown, startedAt, now);
        known.shown.keySet().removeIf(commit -> isForgotten(commit, results, plan));
        if (plan.due().isEmpty()) {
            return plan.next().map(at -> Duration.between(now, at));
        }
        if (now.isBefore(known.notBefore)) {
            return Optional.of(Duration.between(now, known.notBefore));
        }
        var due = plan.due().stream().limit(AT_ONCE).toList();
        var byName = all.stream()
                .collect(Collectors.toMap(run -> run.getMetadata().getName(), Function.identity(), (one, _) -> one));
        var _ = work.ask(
                pipeline,
                TOPIC,
                forge + " " + due,
                Duration.ZERO,
                () -> reportAll(pipeline, forge, due, byName, known));
        return Optional.empty();
    }

    private static boolean isForgotten(String commit, List<CommitResult> results, ReportPlan plan) {
        Predicate<CommitResult> same = result -> result.commit().equals(commit);
        return results.stream().noneMatch(same) && plan.due().stream().noneMatch(same);
    }

    /** Returns why results of a pipeline are not shown, or will not be soon. Empty if they are. */
    Optional<StatusReason> problem(Pipeline pipeline) {
        return Optional.ofNullable(reported.get(ResourceID.fromResource(pipeline)))
                .flatMap(known -> known.problem.or(() -> known.warning));
    }

    /** Returns the names of finished runs whose result is not reported yet. */
    Set<String> unreported(Pipeline pipeline, Collection<PipelineRun> all) {
        var forge = pipeline.getSpec().forge();
        return forge == null || forge.token() == null
                ? Set.of()
                : ReportPlan.unreported(CommitResult.of(RunOutcomeReader.read(all)), clock.instant());
    }

    /** Forgets pipelines that no longer exist. */
    void retain(Predicate<ResourceID> exists) {
        work.retain(exists);
        reported.keySet().removeIf(id -> !exists.test(id));
    }

    /** Reports results. Two pieces of work for the same pipeline follow each other, so that an older result is never the last. */
    private boolean reportAll(
            Pipeline pipeline, ForgeSpec forge, List<CommitResult> due, Map<String, PipelineRun> byName, Reported known)
            throws InterruptedException {
        known.lock.lockInterruptibly();
        try {
            known.problem = attempt(pipeline, forge, due, byName, known);
            known.failures = known.problem.isEmpty() ? 0 : known.failures + 1;
            if (known.problem.isPresent() && !clock.instant().isBefore(known.notBefore)) {
                known.notBefore = clock.instant().plus(pause(known.failures));
            }
            return known.problem.isEmpty();
        } finally {
            known.lock.unlock();
        }
    }

    private Optional<StatusReason> attempt(
            Pipeline pipeline,
            ForgeSpec forge,
            List<CommitResult> due,
            Map<String, PipelineRun> byName,
            Reported known) {
        var meta = pipeline.getMetadata();
        var source = pipeline.getSpec().source();
        try {
            var address = ForgeAddress.of(forge, source)
                    .orElseThrow(() -> new Problem(new StatusReason(
                            Reason.ForgeNotFound,
                            "spec.source.url does not tell where the API of the forge is: set spec.forge.url and"
                                    + " spec.forge.repository")));
            var use = SecretUse.ofToken(forge, address, source).orElseThrow();
            var token = tokens.read(meta.getNamespace(), meta.getName(), use);
            return forges.call(
                    meta.getNamespace(),
                    address,
                    token,
                    api -> report(pipeline, forge.statusName(meta.getName()), due, byName, known, api));
        } catch (Problem e) {
            return Optional.of(e.statusReason());
        } catch (ForgeException e) {
            e.until().ifPresent(until -> known.notBefore = until);
            count("Failed");
            return Optional.of(new StatusReason(reason(e.kind()), String.valueOf(e.getMessage())));
        } catch (KubernetesClientException e) {
            return Optional.of(ApiRejection.statusReason(e));
        }
    }

    /** Returns why one of the results was refused. The others are reported all the same. */
    private Optional<StatusReason> report(
            Pipeline pipeline,
            String statusName,
            List<CommitResult> due,
            Map<String, PipelineRun> byName,
            Reported known,
            ForgeApi api)
            throws ForgeException {
        var refused = Optional.<StatusReason>empty();
        for (CommitResult result : due) {
            var wanted =
                    new NamedStatus(statusName, result.commit(), result.branch().orElse(null), result.status());
            try {
                if (api.shows(wanted)) {
                    count("Unchanged");
                } else {
                    LOG.debugf("%s: reports %s at %s", ResourceName.of(pipeline), result.status(), result.commit());
                    api.write(wanted);
                    count("Written");
                }
                remember(result, byName);
            } catch (ForgeException e) {
                if (e.kind() != ForgeException.Kind.Refused) {
                    throw e;
                }
                count("Failed");
                refused = Optional.of(new StatusReason(reason(e.kind()), String.valueOf(e.getMessage())));
            }
            // One that is refused is tried again when others are compared.
            known.shown.put(result.commit(), new Shown(result.status(), clock.instant()));
        }
        known.warning = api.tokenExpiry()
                .filter(at -> at.isBefore(clock.instant().plus(EXPIRY_WARNING)))
                .map(at -> new StatusReason(
                        Reason.TokenExpires,
                        "the token of spec.forge.token expires at " + at + ": create another one"));
        return refused;
    }

    /** Notes at finished runs that they are reported, for the process after this one. */
    private void remember(CommitResult result, Map<String, PipelineRun> byName) {
        if (!result.status().state().isFinal() || result.isReported()) {
            return;
        }
        result.runs().stream()
                .map(run -> byName.get(run.name()))
                .filter(Objects::nonNull)
                .forEach(run -> runs.annotate(
                        run, RunOutcomeReader.REPORTED, result.status().toString()));
    }

    private void count(String outcome) {
        meters.counter("hearth.forge.statuses", "outcome", outcome).increment();
    }

    private static Duration pause(int failures) {
        var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, MAX_DOUBLINGS));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    private static Reason reason(ForgeException.Kind kind) {
        return switch (kind) {
            case Unavailable -> Reason.ForgeUnavailable;
            case Denied -> Reason.ForgeDenied;
            case NotFound -> Reason.ForgeNotFound;
            case RateLimited -> Reason.ForgeRateLimited;
            case Refused -> Reason.ForgeRefused;
        };
    }
}
