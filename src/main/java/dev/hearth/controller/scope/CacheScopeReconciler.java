package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.DirectoryVolume;
import dev.hearth.api.ScopeVolume;
import dev.hearth.audit.AuditEvent;
import dev.hearth.audit.AuditLog;
import dev.hearth.cluster.Storage;
import dev.hearth.controller.support.Attempts;
import dev.hearth.controller.support.KnownCaches;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.controller.support.UnreadableObjects;
import dev.hearth.core.cache.SeedChoice;
import dev.hearth.core.cache.VolumeDecider;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.isolation.Standing;
import dev.hearth.core.isolation.Verdict;
import dev.hearth.core.status.Conditions;
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
    private final Storage storage;
    private final Grants grants;
    private final Isolations isolations;
    private final NetworkTrial network;
    private final Leftovers leftovers;
    private final CacheClaims claims;
    private final Expansions expansions;
    private final Snapshots snapshots;
    private final VolumeCounts counts;
    private final KnownCaches known;
    private final DirectoryVolumes directories;
    private final ScopeObservers observers;
    private final ScopeSources sources;
    private final UnreadableObjects unreadable;
    private final AuditLog audit;
    private final Clock clock;

    public CacheScopeReconciler(
            Storage storage,
            Grants grants,
            Isolations isolations,
            NetworkTrial network,
            Leftovers leftovers,
            CacheClaims claims,
            Expansions expansions,
            Snapshots snapshots,
            VolumeCounts counts,
            KnownCaches known,
            DirectoryVolumes directories,
            ScopeObservers observers,
            ScopeSources sources,
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
        return sources.of(context);
    }

    @Override
    public UpdateControl<CacheScope> reconcile(CacheScope scope, Context<CacheScope> context) {
        if (unreadable.report(scope)) {
            return UpdateControl.noUpdate();
        }
        var before = Optional.ofNullable(scope.getStatus());
        var words = new Conditions(
                before.map(CacheScopeStatus::conditions).orElse(List.of()),
                scope.getMetadata().getGeneration(),
                clock.instant());
        return switch (storage.choose(
                scope.getSpec().policy(),
                scope.getMetadata().getNamespace(),
                scope.getSpec().trust())) {
            case Storage.Choice.Missing(Finding why) -> {
                var status = ScopeReport.of(
                        scope,
                        Standing.of(before),
                        before.map(CacheScopeStatus::numbered).orElse(0),
                        scope.volumes(),
                        scope.directories(),
                        before.map(CacheScopeStatus::pendingSnapshots).orElse(List.of()),
                        words.stalled(why));
                yield StatusWriter.write(scope, status, CacheScope::new, context, Optional.empty());
            }
            case Storage.Choice.Chosen chosen -> proceed(scope, chosen, words, context);
        };
    }

    private UpdateControl<CacheScope> proceed(
            CacheScope scope, Storage.Choice.Chosen chosen, Conditions words, Context<CacheScope> context) {
        var observer = observers.of(scope, chosen.policy(), context);
        var holders = grants.of(observer);
        var verdict = isolations.of(observer, holders);
        var before = Standing.of(Optional.ofNullable(scope.getStatus()));
        var standing = before.with(verdict, clock.instant());
        var decided = scope.getSpec().platforms().stream()
                .map(platform -> observer.facts(platform, holders, verdict.form()))
                .map(facts -> new VolumeDecider(facts).decide())
                .map(observer::waiting)
                .toList();
        var attempts = new Attempts();
        claims.giveUpLost(scope, context.getSecondaryResources(PersistentVolumeClaim.class), attempts);
        claims.endOutdatedPods(decided, observer, attempts);
        leftovers.remove(observer, decided, attempts);
        var made = claims.make(scope, decided, observer, chosen.storage(), attempts);
        var small = expansions.grow(
                ScopeObservers.own(scope, context), chosen.storage().size());
        var wanted = observer.trusted()
                && standing.form()
                        .filter(form ->
                                SeedChoice.needsSnapshots(chosen.policy().seed(), form))
                        .isPresent();
        var kept = snapshots.keep(
                scope, chosen.policy(), wanted, observer.neighbours().restoring(), made);
        var kinds = directories.of(scope, chosen.storage(), context, attempts);
        var status = ScopeReport.of(
                scope,
                standing,
                observer.numbered(made),
                kept.volumes(),
                kinds,
                kept.pending(),
                network.with(
                        attempts.finding()
                                .map(words::reconciling)
                                .orElseGet(() -> standing.conditions(words, verdict, ScopeReport.ready(kept, small))),
                        words));
        var control =
                StatusWriter.write(scope, status, CacheScope::new, context, lookAgain(kept, observer, verdict, kinds));
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

    private Optional<Duration> lookAgain(
            KeptSnapshots kept, ScopeObserver observer, Verdict verdict, List<DirectoryVolume> kinds) {
        var now = clock.instant();
        var open = verdict instanceof Verdict.Open ? Stream.of(Isolations.RETRY) : Stream.<Duration>empty();
        return Stream.of(
                        kept.lookAgain(now).stream(),
                        observer.lookAgain(now).stream(),
                        open,
                        directories.lookAgain(kinds).stream())
                .flatMap(Function.identity())
                .min(Duration::compareTo);
    }
}
