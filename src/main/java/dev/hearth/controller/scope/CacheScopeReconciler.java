package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.TaskCacheVolume;
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
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.buildcache.VolumeDecider;
import dev.hearth.core.isolation.IsolationDecision;
import dev.hearth.core.isolation.IsolationStatus;
import dev.hearth.core.metrics.VolumeEvents;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
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
    private final VolumeGranter grants;
    private final IsolationResolver isolations;
    private final NetworkPreflight network;
    private final ClaimKeeper claims;
    private final SnapshotKeeper snapshots;
    private final TaskCacheVolumeKeeper taskCaches;
    private final CacheMetrics metrics;
    private final CacheIndex index;
    private final ScopeEventSources sources;
    private final UnreadableObjects unreadable;
    private final AuditLog audit;
    private final Clock clock;

    public CacheScopeReconciler(
            StorageResolver storage,
            ScopeObserver observer,
            VolumeGranter grants,
            IsolationResolver isolations,
            NetworkPreflight network,
            ClaimKeeper claims,
            SnapshotKeeper snapshots,
            TaskCacheVolumeKeeper taskCaches,
            CacheMetrics metrics,
            CacheIndex index,
            ScopeEventSources sources,
            UnreadableObjects unreadable,
            AuditLog audit,
            Clock clock) {
        this.storage = storage;
        this.observer = observer;
        this.grants = grants;
        this.isolations = isolations;
        this.network = network;
        this.claims = claims;
        this.snapshots = snapshots;
        this.taskCaches = taskCaches;
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
                        IsolationStatus.of(recorded),
                        recorded.map(CacheScopeStatus::lastGeneration).orElse(0),
                        scope.volumes(),
                        scope.taskCaches(),
                        recorded.map(CacheScopeStatus::pendingSnapshots).orElse(List.of()),
                        conditions.stalled(why));
                yield StatusWriter.write(scope, status, CacheScope::new, context, Optional.empty());
            }
            case StorageResolver.Selection.Chosen chosen -> proceed(scope, chosen, conditions, context);
        };
    }

    private UpdateControl<CacheScope> proceed(
            CacheScope scope,
            StorageResolver.Selection.Chosen chosen,
            ConditionFactory conditions,
            Context<CacheScope> context) {
        var observation = observer.observe(scope, chosen.policy(), context);
        var holders = grants.grant(observation);
        var isolation = isolations.resolve(observation, holders);
        var recordedIsolation = IsolationStatus.of(Optional.ofNullable(scope.getStatus()));
        var isolationStatus = recordedIsolation.update(isolation, clock.instant());
        var decisions = scope.getSpec().platforms().stream()
                .map(platform -> observation.facts(platform, holders, isolation.form()))
                .map(facts -> new VolumeDecider(facts).decide())
                .map(observation::withPendingRestore)
                .toList();
        LOG.debugf("%s: grants volumes to %s, isolation %s", ResourceName.of(scope), holders, isolation);
        var changed = claims.deleteFailedRestores(observation);
        var decided = decisions.stream()
                .map(volume ->
                        observation.recordedWith(changed, volume.platform()).orElse(volume))
                .toList();
        var work = new IndependentWork();
        claims.deleteLost(scope, context.getSecondaryResources(PersistentVolumeClaim.class), work);
        claims.deleteOutdatedPods(decided, observation, work);
        claims.deleteFormer(observation, decided, work);
        var created = claims.create(scope, decided, observation, chosen.storage(), work);
        var notExpanded = claims.expand(
                ScopeObserver.claims(scope, context), chosen.storage().size());
        var wantsSnapshots = observation.isTrusted()
                && isolationStatus
                        .form()
                        .filter(form ->
                                SeedChoice.needsSnapshots(chosen.policy().seed(), form))
                        .isPresent();
        var snapshotResult = snapshots.update(
                scope, chosen.policy(), wantsSnapshots, observation.seedIndex().restoring(), created);
        var volumes = snapshotResult.volumes();
        var taskCacheVolumes = taskCaches.update(scope, chosen.storage(), context, work);
        var problems =
                Stream.concat(snapshotResult.problems(), notExpanded.stream()).toList();
        var status = ScopeStatusFactory.of(
                scope,
                isolationStatus,
                observation.lastGeneration(created),
                volumes,
                taskCacheVolumes,
                snapshotResult.pending(),
                network.addCondition(
                        work.failure()
                                .map(conditions::reconciling)
                                .orElseGet(() -> isolationStatus.conditions(
                                        conditions, isolation, ScopeStatusFactory.ready(volumes, problems))),
                        conditions));
        var control = StatusWriter.write(
                scope,
                status,
                CacheScope::new,
                context,
                nextCheck(snapshotResult, observation, isolation, taskCacheVolumes));
        work.run(() -> countEvents(scope, volumes, observation.pods()));
        work.run(() -> recordRollback(scope, volumes));
        work.run(() -> snapshots.finish(scope, snapshotResult));
        work.run(() -> claims.recordEvents(scope, volumes, observation.volumeKib()));
        work.run(() -> isolations.recordEvent(scope, recordedIsolation, isolationStatus));
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

    private Optional<Duration> nextCheck(
            SnapshotKeeper.Result snapshotResult,
            ScopeObservation observation,
            IsolationDecision isolation,
            List<TaskCacheVolume> taskCacheVolumes) {
        var now = clock.instant();
        var preflight = isolation instanceof IsolationDecision.Open
                ? Stream.of(IsolationResolver.RETRY)
                : Stream.<Duration>empty();
        return Stream.of(
                        snapshotResult.nextCheck(now).stream(),
                        observation.nextCheck(now).stream(),
                        preflight,
                        taskCaches.nextCheck(taskCacheVolumes).stream())
                .flatMap(Function.identity())
                .min(Duration::compareTo);
    }
}
