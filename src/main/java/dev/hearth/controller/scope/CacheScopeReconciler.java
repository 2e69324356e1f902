package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.ScopeVolume;
import dev.hearth.audit.AuditEvent;
import dev.hearth.audit.AuditLog;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.metrics.CacheMetrics;
import dev.hearth.controller.preflight.NetworkPreflight;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.controller.support.UnreadableObjects;
import dev.hearth.core.buildcache.ScopeStatusFactory;
import dev.hearth.core.isolation.IsolationDecision;
import dev.hearth.core.isolation.IsolationStatus;
import dev.hearth.core.metrics.VolumeEvents;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Reconciles a cache scope: grants its volumes to one run at a time, decides what each volume is seeded from, and keeps
 * the sealed generations that other volumes are seeded from.
 */
@ControllerConfiguration(
        name = "cachescope",
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 5, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 30_000)
public class CacheScopeReconciler implements Reconciler<CacheScope> {
    private static final Logger LOG = Logger.getLogger(CacheScopeReconciler.class);

    private final StorageResolver storage;
    private final ScopeObserver observer;
    private final ScopeDecider decider;
    private final ScopeActor actor;
    private final IsolationResolver isolations;
    private final NetworkPreflight network;
    private final ClaimKeeper claims;
    private final SnapshotKeeper snapshots;
    private final CacheMetrics metrics;
    private final CacheIndex index;
    private final ScopeEventSources sources;
    private final UnreadableObjects unreadable;
    private final AuditLog audit;
    private final Clock clock;

    public CacheScopeReconciler(
            StorageResolver storage,
            ScopeObserver observer,
            ScopeDecider decider,
            ScopeActor actor,
            IsolationResolver isolations,
            NetworkPreflight network,
            ClaimKeeper claims,
            SnapshotKeeper snapshots,
            CacheMetrics metrics,
            CacheIndex index,
            ScopeEventSources sources,
            UnreadableObjects unreadable,
            AuditLog audit,
            Clock clock) {
        this.storage = storage;
        this.observer = observer;
        this.decider = decider;
        this.actor = actor;
        this.isolations = isolations;
        this.network = network;
        this.claims = claims;
        this.snapshots = snapshots;
        this.metrics = metrics;
        this.index = index;
        this.sources = sources;
        this.unreadable = unreadable;
        this.audit = audit;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, CacheScope>> prepareEventSources(EventSourceContext<CacheScope> context) {
        unreadable.watch(CacheScope.class, context.getPrimaryCache());
        index.watchScopes(context.getPrimaryCache());
        return sources.create(context);
    }

    @Override
    public UpdateControl<CacheScope> reconcile(CacheScope scope, Context<CacheScope> context) {
        if (unreadable.report(scope)) {
            return UpdateControl.noUpdate();
        }
        var recorded = Optional.ofNullable(scope.getStatus());
        var conditions = new ConditionFactory(
                recorded.map(CacheScopeStatus::conditions).orElse(List.of()),
                scope.getMetadata().getGeneration(),
                clock.instant());
        return switch (storage.choose(
                scope.getSpec().policy(),
                scope.getMetadata().getNamespace(),
                scope.getSpec().trust())) {
            case StorageResolver.Selection.Missing(StatusReason why) -> {
                LOG.debugf("%s: has no storage: %s", ResourceName.of(scope), why.message());
                var status = ScopeStatusFactory.of(
                        scope,
                        IsolationStatus.of(scope.getStatus()),
                        recorded.map(CacheScopeStatus::lastGeneration).orElse(0),
                        scope.volumes(),
                        scope.taskCaches(),
                        recorded.map(CacheScopeStatus::pendingSnapshots).orElse(List.of()),
                        conditions.stalled(why));
                yield StatusWriter.write(scope, status, CacheScope::new, context);
            }
            case StorageResolver.Selection.Chosen chosen -> proceed(scope, chosen, conditions, context);
        };
    }

    /** Acts before it reports: the status names volumes, generations and snapshots that exist. */
    private UpdateControl<CacheScope> proceed(
            CacheScope scope,
            StorageResolver.Selection.Chosen chosen,
            ConditionFactory conditions,
            Context<CacheScope> context) {
        var now = clock.instant();
        var observation = observer.observe(scope, chosen.policy(), context);
        var decision = decider.decide(observation, now);
        var work = new IndependentWork();
        var outcome = actor.act(decision, observation, chosen.storage(), work);
        var status = ScopeStatusFactory.of(
                scope,
                decision.isolationStatus(),
                outcome.lastGeneration(),
                outcome.volumes(),
                outcome.taskCaches(),
                outcome.snapshots().pending(),
                network.addCondition(
                        work.failure()
                                .map(conditions::reconciling)
                                .orElseGet(() -> decision.isolationStatus()
                                        .conditions(
                                                conditions,
                                                decision.isolation(),
                                                ScopeStatusFactory.ready(outcome.volumes(), outcome.problems()))),
                        conditions));
        var control = StatusWriter.write(
                scope,
                status,
                CacheScope::new,
                context,
                nextCheck(observation, decision, outcome, now).orElse(null));
        work.run(() -> countEvents(scope, outcome.volumes(), observation.pods()));
        work.run(() -> recordRollback(scope, outcome.volumes()));
        work.run(() -> snapshots.finish(scope, outcome.snapshots()));
        work.run(() -> claims.recordEvents(scope, outcome.volumes(), observation.volumeKib()));
        work.run(
                () -> isolations.recordEvent(scope, IsolationStatus.of(scope.getStatus()), decision.isolationStatus()));
        work.end();
        return control;
    }

    /** Counts what happened to the volumes. Must run after the status was written, so that nothing is counted twice. */
    private void countEvents(CacheScope scope, List<ScopeVolume> volumes, ScopeBuildPods pods) {
        for (ScopeVolume volume : volumes) {
            var recorded = scope.volumes().stream()
                    .filter(it -> it.platform().equals(volume.platform()))
                    .findFirst()
                    .orElse(null);
            metrics.count(scope, new VolumeEvents(recorded, volume, pods.measured(volume)).events());
        }
    }

    /** Records a rollback in the audit log, once for all platforms. */
    private void recordRollback(CacheScope scope, List<ScopeVolume> volumes) {
        var recorded =
                scope.volumes().stream().map(CacheScopeReconciler::rollback).collect(Collectors.toSet());
        volumes.stream()
                .filter(volume -> volume.rolledBackTo() != null && !recorded.contains(rollback(volume)))
                .findFirst()
                .ifPresent(volume -> audit.record(new AuditEvent(
                        AuditEvent.Action.CacheRolledBack,
                        Optional.empty(),
                        scope.getMetadata().getNamespace(),
                        scope.getMetadata().getName(),
                        AuditEvent.Outcome.Done,
                        "generation " + volume.rolledBackTo() + " of "
                                + scope.getSpec().ref())));
    }

    private static String rollback(ScopeVolume volume) {
        return volume.platform() + "@" + volume.rolledBackTo();
    }

    private static Optional<Duration> nextCheck(
            ScopeObservation observation, ScopeDecision decision, ScopeOutcome outcome, Instant now) {
        var preflight = decision.isolation() instanceof IsolationDecision.Open
                ? Stream.of(IsolationResolver.RETRY)
                : Stream.<Duration>empty();
        // What is recorded now is looked at again at once, in the API server: no event of this scope follows its own
        // write.
        var recorded = observation.scope().volumes();
        var confirmation = outcome.volumes().stream()
                .filter(volume -> volume.dependsOnOthers() && !recorded.contains(volume))
                .map(_ -> Duration.ZERO);
        return Stream.of(
                        outcome.nextCheck(now).stream(),
                        observation.nextCheck(now).stream(),
                        WarmPodKeeper.nextCheck(decision.warm(), now).stream(),
                        preflight,
                        confirmation)
                .flatMap(Function.identity())
                .min(Duration::compareTo);
    }
}
