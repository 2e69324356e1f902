package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.audit.AuditEvent;
import dev.hearth.audit.AuditLog;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.preflight.NetworkPreflight;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.controller.support.UnreadableObjects;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.buildcache.VolumeDecider;
import dev.hearth.core.isolation.IsolationDecision;
import dev.hearth.core.isolation.IsolationStatus;
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

/**
 * Keeps one volume per platform of a scope: lets one run at a time have each, decides what it starts from, and keeps the
 * sealed states that others start from.
 */
@ControllerConfiguration(
        name = "cachescope",
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 5, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 30_000)
public class CacheScopeReconciler implements Reconciler<CacheScope> {
    private final StorageResolver storage;
    private final VolumeGranter grants;
    private final IsolationResolver isolations;
    private final NetworkPreflight network;
    private final StaleVolumes leftovers;
    private final ClaimKeeper claims;
    private final VolumeExpander expansions;
    private final SnapshotKeeper snapshots;
    private final VolumeMetrics counts;
    private final CacheIndex known;
    private final TaskCacheVolumeKeeper directories;
    private final ScopeObserver observers;
    private final ScopeEventSources sources;
    private final UnreadableObjects unreadable;
    private final AuditLog audit;
    private final Clock clock;

    public CacheScopeReconciler(
            StorageResolver storage,
            VolumeGranter grants,
            IsolationResolver isolations,
            NetworkPreflight network,
            StaleVolumes leftovers,
            ClaimKeeper claims,
            VolumeExpander expansions,
            SnapshotKeeper snapshots,
            VolumeMetrics counts,
            CacheIndex known,
            TaskCacheVolumeKeeper directories,
            ScopeObserver observers,
            ScopeEventSources sources,
            UnreadableObjects unreadable,
            AuditLog audit,
            Clock clock) {
        this.storage = storage;
        this.grants = grants;
        this.isolations = isolations;
        this.network = network;
        this.leftovers = leftovers;
        this.claims = claims;
        this.expansions = expansions;
        this.snapshots = snapshots;
        this.counts = counts;
        this.known = known;
        this.directories = directories;
        this.observers = observers;
        this.sources = sources;
        this.unreadable = unreadable;
        this.audit = audit;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, CacheScope>> prepareEventSources(EventSourceContext<CacheScope> context) {
        unreadable.watch(CacheScope.class, context.getPrimaryCache());
        known.watchScopes(context.getPrimaryCache());
        return sources.create(context);
    }

    @Override
    public UpdateControl<CacheScope> reconcile(CacheScope scope, Context<CacheScope> context) {
        if (unreadable.report(scope)) {
            return UpdateControl.noUpdate();
        }
        var before = Optional.ofNullable(scope.getStatus());
        var words = new ConditionFactory(
                before.map(CacheScopeStatus::conditions).orElse(List.of()),
                scope.getMetadata().getGeneration(),
                clock.instant());
        return switch (storage.choose(
                scope.getSpec().policy(),
                scope.getMetadata().getNamespace(),
                scope.getSpec().trust())) {
            case StorageResolver.Selection.Missing(StatusReason why) -> {
                var status = ScopeStatusFactory.of(
                        scope,
                        IsolationStatus.of(before),
                        before.map(CacheScopeStatus::lastGeneration).orElse(0),
                        scope.volumes(),
                        scope.taskCaches(),
                        before.map(CacheScopeStatus::pendingSnapshots).orElse(List.of()),
                        words.stalled(why));
                yield StatusWriter.write(scope, status, CacheScope::new, context, Optional.empty());
            }
            case StorageResolver.Selection.Chosen chosen -> proceed(scope, chosen, words, context);
        };
    }

    private UpdateControl<CacheScope> proceed(
            CacheScope scope,
            StorageResolver.Selection.Chosen chosen,
            ConditionFactory words,
            Context<CacheScope> context) {
        var observer = observers.observe(scope, chosen.policy(), context);
        var holders = grants.grant(observer);
        var verdict = isolations.resolve(observer, holders);
        var before = IsolationStatus.of(Optional.ofNullable(scope.getStatus()));
        var standing = before.update(verdict, clock.instant());
        var decided = scope.getSpec().platforms().stream()
                .map(platform -> observer.facts(platform, holders, verdict.form()))
                .map(facts -> new VolumeDecider(facts).decide())
                .map(observer::waiting)
                .toList();
        var attempts = new IndependentWork();
        claims.giveUpLost(scope, context.getSecondaryResources(PersistentVolumeClaim.class), attempts);
        claims.endOutdatedPods(decided, observer, attempts);
        leftovers.remove(observer, decided, attempts);
        var made = claims.make(scope, decided, observer, chosen.storage(), attempts);
        var small = expansions.grow(
                ScopeObserver.claims(scope, context), chosen.storage().size());
        var wanted = observer.trusted()
                && standing.form()
                        .filter(form ->
                                SeedChoice.needsSnapshots(chosen.policy().seed(), form))
                        .isPresent();
        var kept = snapshots.keep(
                scope, chosen.policy(), wanted, observer.neighbours().restoring(), made);
        var kinds = directories.update(scope, chosen.storage(), context, attempts);
        var status = ScopeStatusFactory.of(
                scope,
                standing,
                observer.numbered(made),
                kept.volumes(),
                kinds,
                kept.pending(),
                network.addCondition(
                        attempts.finding()
                                .map(words::reconciling)
                                .orElseGet(() ->
                                        standing.conditions(words, verdict, ScopeStatusFactory.ready(kept, small))),
                        words));
        var control =
                StatusWriter.write(scope, status, CacheScope::new, context, nextCheck(kept, observer, verdict, kinds));
        attempts.run(() -> counts.count(scope, kept.volumes(), observer.uses()));
        attempts.run(() -> recordRollback(scope, kept.volumes()));
        attempts.run(() -> snapshots.report(scope, kept));
        attempts.run(() -> claims.report(scope, kept.volumes(), observer.size()));
        attempts.run(() -> isolations.report(scope, before, standing));
        attempts.end();
        return control;
    }

    /** Once for all platforms. */
    private void recordRollback(CacheScope scope, List<ScopeVolume> now) {
        var before =
                scope.volumes().stream().map(CacheScopeReconciler::rollback).collect(Collectors.toSet());
        now.stream()
                .filter(volume -> volume.rolledBackTo() != null && !before.contains(rollback(volume)))
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
            SnapshotResult kept, VolumeObserver observer, IsolationDecision verdict, List<TaskCacheVolume> kinds) {
        var now = clock.instant();
        var open = verdict instanceof IsolationDecision.Open
                ? Stream.of(IsolationResolver.RETRY)
                : Stream.<Duration>empty();
        return Stream.of(
                        kept.nextCheck(now).stream(),
                        observer.nextCheck(now).stream(),
                        open,
                        directories.nextCheck(kinds).stream())
                .flatMap(Function.identity())
                .min(Duration::compareTo);
    }
}
