package dev.hearth.controller.run;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.audit.AuditEvent;
import dev.hearth.audit.AuditLog;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.cluster.NameConflictException;
import dev.hearth.controller.run.CommitResolver.Resolution;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.pods.RejectedObjects;
import dev.hearth.controller.run.pods.UserNamespacePreflight;
import dev.hearth.controller.run.results.LogArchive;
import dev.hearth.controller.run.results.MergedResults;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.controller.support.RunIndex;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.controller.support.UnreadableObjects;
import dev.hearth.core.approval.ApprovalDecision;
import dev.hearth.core.approval.DefinitionOrigin;
import dev.hearth.core.isolation.UserNamespaceUse;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.run.RunDecider;
import dev.hearth.core.run.RunDecision;
import dev.hearth.core.run.RunStatusFactory;
import dev.hearth.core.run.TakeOver;
import dev.hearth.core.trigger.SkipDecision;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reconciles a run: resolves its commit once, then observes, decides, reports and acts until all steps have finished.
 */
@ControllerConfiguration(
        name = "pipelinerun",
        // The deletion of an active run frees its slot for a waiting one.
        triggerReconcilerOnAllEvents = true,
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 5, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 500, intervalMultiplier = 2, maxInterval = 30_000)
public class PipelineRunReconciler implements Reconciler<PipelineRun> {
    private static final Logger LOG = Logger.getLogger(PipelineRunReconciler.class);

    private final SkipCheck skips;
    private final ApprovalGate approvals;
    private final CommitResolver resolver;
    private final MergedCommit merged;
    private final RunContextReader contexts;
    private final RunObserver observer;
    private final RunActor actor;
    private final StepNetwork network;
    private final RunEventSources sources;
    private final RejectedObjects rejected;
    private final RunAdmission admission;
    private final LogArchive archive;
    private final MergedResults copies;
    private final EventRecorder events;
    private final UnreadableObjects unreadable;
    private final AuditLog audit;
    private final RunIndex index;
    private final Clock clock;

    public PipelineRunReconciler(
            SkipCheck skips,
            ApprovalGate approvals,
            CommitResolver resolver,
            MergedCommit merged,
            RunContextReader contexts,
            RunObserver observer,
            RunActor actor,
            StepNetwork network,
            RunEventSources sources,
            RejectedObjects rejected,
            RunAdmission admission,
            LogArchive archive,
            MergedResults copies,
            EventRecorder events,
            UnreadableObjects unreadable,
            AuditLog audit,
            RunIndex index,
            Clock clock) {
        this.skips = skips;
        this.approvals = approvals;
        this.resolver = resolver;
        this.merged = merged;
        this.contexts = contexts;
        this.observer = observer;
        this.actor = actor;
        this.network = network;
        this.sources = sources;
        this.rejected = rejected;
        this.admission = admission;
        this.archive = archive;
        this.copies = copies;
        this.events = events;
        this.unreadable = unreadable;
        this.audit = audit;
        this.index = index;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, PipelineRun>> prepareEventSources(EventSourceContext<PipelineRun> context) {
        unreadable.watch(PipelineRun.class, context.getPrimaryCache());
        index.watch(context.getPrimaryCache());
        return sources.create(context);
    }

    @Override
    public UpdateControl<PipelineRun> reconcile(PipelineRun run, Context<PipelineRun> context) {
        if (context.isPrimaryResourceDeleted()) {
            sources.forgetDeleted(run);
            rejected.forget(run);
            admission.finish(run, () -> RunEventSources.neighbours(run, context));
            return UpdateControl.noUpdate();
        }
        if (run.isMarkedForDeletion() || unreadable.report(run)) {
            return UpdateControl.noUpdate();
        }
        var status = run.getStatus();
        if (status != null && status.pipelineSpec() != null) {
            return proceed(run, context);
        }
        return status != null && status.finishedAt() != null ? UpdateControl.noUpdate() : start(run, context);
    }

    /** Starts a run, or reports what it waits for. The run's timeout counts from its start. */
    private UpdateControl<PipelineRun> start(PipelineRun run, Context<PipelineRun> context) {
        var now = clock.instant();
        var generation = run.getMetadata().getGeneration();
        var before = Optional.ofNullable(run.getStatus()).orElse(PipelineRunStatus.EMPTY);
        var cancellation = RunStatusFactory.cancellation(run.getSpec());
        if (cancellation.isPresent()) {
            forget(run);
            return write(run, RunStatusFactory.cancelled(before, cancellation.get(), generation, now), context);
        }
        return switch (skips.decide(run, RunEventSources.siblings(run, context))) {
            case SkipDecision.Run() -> startIfApproved(run, context);
            case SkipDecision.Wait(var why) -> {
                admission.standAside(run, () -> RunEventSources.neighbours(run, context));
                yield write(run, RunStatusFactory.waiting(before, why, generation, now), context, skips.pause());
            }
            case SkipDecision.Refuse(var why) -> {
                forget(run);
                yield write(run, RunStatusFactory.cancelled(before, why, generation, now), context);
            }
            case SkipDecision.Skip skip -> {
                LOG.debugf(
                        "%s: is skipped: %s", ResourceName.of(run), skip.why().message());
                forget(run);
                yield write(run, RunStatusFactory.skipped(before, run.getSpec(), skip, generation, now), context);
            }
        };
    }

    private UpdateControl<PipelineRun> startIfApproved(PipelineRun run, Context<PipelineRun> context) {
        var now = clock.instant();
        var generation = run.getMetadata().getGeneration();
        var before = Optional.ofNullable(run.getStatus()).orElse(PipelineRunStatus.EMPTY);
        return switch (approvals.decide(run)) {
            case ApprovalDecision.Start(var definition) -> startInTurn(run, definition, context);
            // It was let through before.
            case ApprovalDecision.Wait(var why)
            when before.startedAt() != null -> startInTurn(run, new DefinitionOrigin.Unknown(why), context);
            case ApprovalDecision.Wait(var why) -> {
                admission.standAside(run, () -> RunEventSources.neighbours(run, context));
                // What it asks for stays as it is while that is looked at again.
                yield before.approval() == null
                        ? write(
                                run,
                                RunStatusFactory.waiting(before, why, generation, now),
                                context,
                                approvals.pause(run))
                        : UpdateControl.<PipelineRun>noUpdate().rescheduleAfter(approvals.pause(run));
            }
            case ApprovalDecision.Ask(var why, var request) -> {
                admission.standAside(run, () -> RunEventSources.neighbours(run, context));
                yield write(
                        run,
                        RunStatusFactory.waitingForApproval(before, why, request, generation, now),
                        context,
                        approvals.pause(run));
            }
            case ApprovalDecision.Refuse(var why) -> {
                forget(run);
                yield write(run, RunStatusFactory.cancelled(before, why, generation, now), context);
            }
        };
    }

    private UpdateControl<PipelineRun> startInTurn(
            PipelineRun run, DefinitionOrigin definition, Context<PipelineRun> context) {
        var now = clock.instant();
        var generation = run.getMetadata().getGeneration();
        var before = Optional.ofNullable(run.getStatus()).orElse(PipelineRunStatus.EMPTY);
        return admission
                .wait(run, () -> RunEventSources.neighbours(run, context))
                .map(why -> {
                    LOG.debugf("%s: waits: %s", ResourceName.of(run), why.message());
                    return write(run, RunStatusFactory.waiting(before, why, generation, now), context);
                })
                .orElseGet(() -> resolve(run, definition, context));
    }

    private UpdateControl<PipelineRun> resolve(
            PipelineRun run, DefinitionOrigin definition, Context<PipelineRun> context) {
        var now = clock.instant();
        var generation = run.getMetadata().getGeneration();
        var before = Optional.ofNullable(run.getStatus()).orElse(PipelineRunStatus.EMPTY);
        return switch (resolver.resolve(run, definition)) {
            case Resolution.Searching(var why) ->
                write(run, RunStatusFactory.resolving(before, why, generation, now), context, CommitResolver.RETRY);
            case Resolution.Refused(var why, var wrong) -> {
                LOG.debugf("%s: is refused: %s", ResourceName.of(run), why.message());
                forget(run);
                yield write(run, RunStatusFactory.refused(before, why, wrong, generation, now), context);
            }
            case Resolution.Found(var pipeline, var resolved) -> {
                Optional<TakeOver> takeOver;
                try {
                    if (!OwnerReferences.owns(pipeline, run)) {
                        context.resourceOperations().serverSideApplyPrimary(OwnerReferences.adopted(run, pipeline));
                    }
                    network.apply(pipeline);
                    takeOver = merged.takeOver(run, pipeline, resolved, RunEventSources.siblings(run, context), now);
                } catch (KubernetesClientException | NameConflictException e) {
                    yield write(
                            run,
                            RunStatusFactory.resolving(before, ApiRejection.statusReason(e), generation, now),
                            context,
                            CommitResolver.RETRY);
                }
                LOG.debugf("%s: starts with commit %s", ResourceName.of(run), resolved.commit());
                forget(run);
                yield write(
                                run,
                                RunStatusFactory.beginning(
                                        before,
                                        resolved.spec(),
                                        beginning(run, resolved, takeOver.orElse(null)),
                                        generation,
                                        now),
                                context)
                        .reschedule();
            }
        };
    }

    private static RunStatusFactory.Begin beginning(
            PipelineRun run, CommitResolver.Resolved resolved, @Nullable TakeOver takeOver) {
        var trust = RefFilter.trust(
                resolved.spec().trusted(), GitRef.of(run.getSpec().ref()));
        return new RunStatusFactory.Begin(
                resolved.defined().definition(),
                resolved.commit(),
                trust,
                resolved.recipe().orElse(null),
                resolved.seedRefs(),
                resolved.inputs(),
                "/v1alpha1/namespaces/" + run.getMetadata().getNamespace() + "/runs/"
                        + run.getMetadata().getName(),
                takeOver);
    }

    private UpdateControl<PipelineRun> proceed(PipelineRun run, Context<PipelineRun> context) {
        var now = clock.instant();
        var current = contexts.read(run, context);
        var work = new IndependentWork();
        // A log is lost if its pod is deleted before it is read, so a later failure must not prevent this. It only
        // starts
        // threads.
        work.run(() -> archive.keep(current));
        work.run(() -> copies.keep(current, now));
        var decision = RunDecider.decide(observer.observe(current, now));
        LOG.debugf("%s: actions %s", ResourceName.of(run), decision.actions());
        var control = report(run, decision, context, now);
        if (run.getStatus().finishedAt() == null) {
            work.run(() -> prepareScope(current, control, context));
        }
        work.each(decision.actions(), action -> {
            if (!actor.act(current, action, context, now)) {
                // A rejected action changes nothing in the cluster, so no event triggers the next reconciliation.
                control.reschedule();
            }
        });
        work.end();
        return control;
    }

    /** Applies the scope. After a first rejection, the next reconciliation follows at once and reports it; later ones pause. */
    private void prepareScope(RunContext run, UpdateControl<PipelineRun> control, Context<PipelineRun> context) {
        var isReported = rejected.why(run, run.scopeName()).isPresent();
        var pause = isReported ? RejectedObjects.RETRY : Duration.ZERO;
        if (!actor.prepareScope(run, context)
                && control.getScheduleDelay()
                        .filter(delay -> delay <= pause.toMillis())
                        .isEmpty()) {
            control.rescheduleAfter(pause);
        }
    }

    /** Writes the status. That of a finished run never changes, though its pods may still have to be deleted. */
    private UpdateControl<PipelineRun> report(
            PipelineRun run, RunDecision decision, Context<PipelineRun> context, Instant now) {
        if (run.getStatus().finishedAt() != null) {
            forget(run);
            return UpdateControl.noUpdate();
        }
        var generation = run.getMetadata().getGeneration();
        var status = RunStatusFactory.of(run.getStatus(), decision, generation, now);
        return write(run, status, context, nextCheck(decision, now).orElse(null));
    }

    private void forget(PipelineRun run) {
        sources.forget(run);
        rejected.forget(run);
    }

    private UpdateControl<PipelineRun> write(PipelineRun run, PipelineRunStatus status, Context<PipelineRun> context) {
        return write(run, status, context, null);
    }

    private UpdateControl<PipelineRun> write(
            PipelineRun run, PipelineRunStatus status, Context<PipelineRun> context, @Nullable Duration nextCheck) {
        var before = Objects.requireNonNullElse(run.getStatus(), PipelineRunStatus.EMPTY);
        var control = StatusWriter.write(run, status, PipelineRun::new, context, nextCheck);
        RunStatusFactory.event(before, status).ifPresent(event -> {
            record(run, status);
            if (status.phase() == PipelineRunStatus.Phase.Failed) {
                events.warning(run, event);
            } else {
                events.normal(run, event);
            }
        });
        RunStatusFactory.cacheWarning(before, status).ifPresent(why -> events.warning(run, why));
        if (status.finishedAt() != null) {
            admission.finish(run, () -> RunEventSources.neighbours(run, context));
        }
        return control;
    }

    /** Records in the audit log who started or cancelled a run. How it ends is no action of a user. */
    private void record(PipelineRun run, PipelineRunStatus status) {
        var byHearth = ObjectLabels.isManaged(run);
        if (status.finishedAt() == null) {
            if (status.commit() == null) {
                return; // it waits for an approval
            }
            var approval = run.getSpec().approval();
            if (approval != null) {
                var approved = event(run, AuditEvent.Action.RunApproved, revision(run, status));
                audit.record(approval.by() == null ? approved : approved.by(approval.by()));
            }
            var started = event(run, AuditEvent.Action.RunStarted, revision(run, status));
            audit.record(byHearth ? started.by(AuditEvent.HEARTH) : started);
        } else if (status.phase() == PipelineRunStatus.Phase.Cancelled) {
            audit.record(event(run, AuditEvent.Action.RunCancelled, revision(run, status)));
        }
    }

    /** Returns the ref, with the commit if it is resolved: a run that is cancelled before it starts has none. */
    private static String revision(PipelineRun run, PipelineRunStatus status) {
        var ref = run.getSpec().ref();
        return status.commit() == null ? ref : ref + " at " + status.commit();
    }

    private static AuditEvent event(PipelineRun run, AuditEvent.Action action, String detail) {
        return new AuditEvent(
                action,
                Optional.empty(),
                run.getMetadata().getNamespace(),
                run.getMetadata().getName(),
                AuditEvent.Outcome.Done,
                detail);
    }

    private static Optional<Duration> nextCheck(RunDecision decision, Instant now) {
        var soonest = Duration.ofMillis(100);
        var next = Stream.of(
                        decision.nextCheck().stream(),
                        decision.userNamespaces().stream()
                                .filter(UserNamespaceUse.Awaited.class::isInstance)
                                .map(_ -> now.plus(UserNamespacePreflight.RETRY)))
                .flatMap(Function.identity())
                .min(Instant::compareTo);
        return next.map(at -> Duration.between(now, at)).map(wait -> wait.compareTo(soonest) < 0 ? soonest : wait);
    }
}
