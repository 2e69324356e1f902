package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.Condition;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.cluster.Pods;
import dev.hearth.cluster.Storage;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.Owners;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.core.cache.Neighbours;
import dev.hearth.core.cache.StorageChoice;
import dev.hearth.core.cache.VolumeDecider;
import dev.hearth.core.cache.VolumeGrants;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.status.Conditions;
import dev.hearth.pod.Claims;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

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
    private final Pods pods;
    private final HearthConfig config;
    private final Clock clock;

    public CacheScopeReconciler(Storage storage, Pods pods, HearthConfig config, Clock clock) {
        this.storage = storage;
        this.pods = pods;
        this.config = config;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, CacheScope>> prepareEventSources(EventSourceContext<CacheScope> context) {
        return ScopeSources.of(context);
    }

    @Override
    public UpdateControl<CacheScope> reconcile(CacheScope scope, Context<CacheScope> context) {
        var before = Optional.ofNullable(scope.getStatus());
        var words = new Conditions(
                before.map(CacheScopeStatus::conditions).orElse(List.of()),
                scope.getMetadata().getGeneration(),
                clock.instant());
        return switch (storage.choose(scope.getSpec().policy())) {
            case Storage.Choice.Missing(Finding why) ->
                write(
                        scope,
                        before.map(CacheScopeStatus::volumes).orElse(List.of()),
                        before.map(CacheScopeStatus::numbered).orElse(0),
                        words.stalled(why),
                        context);
            case Storage.Choice.Chosen(var chosen, var policy) -> {
                var observer = observer(scope, policy, context);
                var volumes = decide(observer, scope);
                makeClaims(scope, volumes, observer.claims(), chosen, context);
                var numbered = volumes.stream()
                        .flatMap(volume -> Optional.ofNullable(volume.sealing()).stream())
                        .reduce(observer.highest(), Math::max);
                var made =
                        volumes.stream().filter(volume -> volume.seed() != null).count();
                yield write(
                        scope,
                        volumes,
                        numbered,
                        words.ready(new Finding("VolumesMade", made + " volumes, one per platform")),
                        context);
            }
        };
    }

    private UpdateControl<CacheScope> write(
            CacheScope scope,
            List<ScopeVolume> volumes,
            int numbered,
            List<Condition> conditions,
            Context<CacheScope> context) {
        var status = ScopeReport.of(scope, config.buildkit().isolation().name(), numbered, volumes, conditions);
        return StatusWriter.write(scope, status, CacheScope::new, context, Optional.empty());
    }

    private ScopeObserver observer(CacheScope scope, CachePolicySpec policy, Context<CacheScope> context) {
        var namespace = scope.getMetadata().getNamespace();
        return new ScopeObserver(
                scope,
                policy,
                config,
                context.getSecondaryResources(PipelineRun.class),
                new Uses(context.getSecondaryResources(Pod.class)),
                new Neighbours(
                        context.getPrimaryCache().list(namespace, other -> true).toList()),
                context.getSecondaryResources(PersistentVolumeClaim.class).stream()
                        .map(claim -> claim.getMetadata().getName())
                        .collect(Collectors.toSet()));
    }

    private List<ScopeVolume> decide(ScopeObserver observer, CacheScope scope) {
        var holders = grants(observer, scope);
        return scope.getSpec().platforms().stream()
                .map(platform -> new VolumeDecider(observer.facts(platform, Optional.ofNullable(holders.get(platform))))
                        .decide())
                .toList();
    }

    private Map<String, String> grants(ScopeObserver observer, CacheScope scope) {
        var platforms = Set.copyOf(scope.getSpec().platforms());
        var holders = new HashMap<String, String>();
        platforms.forEach(platform ->
                Optional.ofNullable(observer.before(platform).run()).ifPresent(run -> holders.put(platform, run)));
        var claimants = Claimants.of(observer.runs());
        var granted = VolumeGrants.grant(platforms, holders, observer.uses().mounted(), claimants);
        if (granted.equals(holders)) {
            return granted;
        }
        // A volume changes hands: what this operator's watch shows of pods may be old, so the API server itself is
        // asked.
        var live = new Uses(pods.ofScope(
                scope.getMetadata().getNamespace(), scope.getMetadata().getName()));
        return VolumeGrants.grant(platforms, holders, live.mounted(), claimants);
    }

    /** Makes what is missing, once it is known what it starts from; what exists keeps its class and size. */
    private static void makeClaims(
            CacheScope scope,
            List<ScopeVolume> volumes,
            Set<String> existing,
            StorageChoice storage,
            Context<CacheScope> context) {
        volumes.stream()
                .filter(volume -> volume.seed() != null && !existing.contains(volume.claim()))
                .forEach(volume -> context.resourceOperations()
                        .serverSideApply(Claims.cache(
                                scope.getMetadata().getNamespace(),
                                scope.getSpec().pipeline(),
                                scope.getMetadata().getName(),
                                volume,
                                storage,
                                Owners.controller(scope))));
    }
}
