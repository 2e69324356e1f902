package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.Pods;
import dev.hearth.cluster.Storage;
import dev.hearth.controller.support.Owners;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.core.cache.VolumeGrants;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.plan.Names;
import dev.hearth.core.status.Conditions;
import dev.hearth.pod.Claims;
import dev.hearth.pod.Labels;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Keeps one volume per platform of a scope, and lets one run at a time have each. */
@ControllerConfiguration(
        name = "cachescope",
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 5, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 30_000)
public class CacheScopeReconciler implements Reconciler<CacheScope> {
    private final Storage storage;
    private final Pods pods;
    private final Clock clock;

    public CacheScopeReconciler(Storage storage, Pods pods, Clock clock) {
        this.storage = storage;
        this.pods = pods;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, CacheScope>> prepareEventSources(EventSourceContext<CacheScope> context) {
        SecondaryToPrimaryMapper<PipelineRun> ofRun = run -> Set.of(new ResourceID(
                Names.scope(run.getSpec().pipeline(), run.getSpec().ref()),
                run.getMetadata().getNamespace()));
        var claims = InformerEventSourceConfiguration.from(PersistentVolumeClaim.class, CacheScope.class)
                .withLabelSelector(Labels.SELECTOR + "," + Labels.SCOPE)
                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(CacheScope.class))
                .withNamespacesInheritedFromController()
                .build();
        var users = InformerEventSourceConfiguration.from(Pod.class, CacheScope.class)
                .withLabelSelector(Labels.SELECTOR + "," + Labels.SCOPE)
                .withSecondaryToPrimaryMapper(pod -> Set.of(new ResourceID(
                        pod.getMetadata().getLabels().getOrDefault(Labels.SCOPE, ""),
                        pod.getMetadata().getNamespace())))
                .withNamespacesInheritedFromController()
                .build();
        var runs = InformerEventSourceConfiguration.from(PipelineRun.class, CacheScope.class)
                .withSecondaryToPrimaryMapper(ofRun)
                .withNamespacesInheritedFromController()
                .build();
        return List.of(
                new InformerEventSource<>(claims, context),
                new InformerEventSource<>(users, context),
                new InformerEventSource<>(runs, context));
    }

    @Override
    public UpdateControl<CacheScope> reconcile(CacheScope scope, Context<CacheScope> context) {
        var generation = scope.getMetadata().getGeneration();
        var before = Optional.ofNullable(scope.getStatus());
        var words =
                new Conditions(before.map(CacheScopeStatus::conditions).orElse(List.of()), generation, clock.instant());
        var problem = makeVolumes(scope, context);
        var grants = grants(scope, context);
        var volumes = scope.getSpec().platforms().stream()
                .map(platform -> new CacheScopeStatus.Volume(
                        platform, Names.volume(scope.getMetadata().getName(), platform), grants.get(platform)))
                .toList();
        var conditions = problem.map(words::stalled)
                .orElseGet(
                        () -> words.ready(new Finding("VolumesMade", volumes.size() + " volumes, one per platform")));
        return StatusWriter.write(
                scope,
                new CacheScopeStatus(generation, volumes, conditions),
                CacheScope::new,
                context,
                Optional.empty());
    }

    /** Makes what is missing; what exists keeps its class and size. */
    private Optional<Finding> makeVolumes(CacheScope scope, Context<CacheScope> context) {
        var existing = context.getSecondaryResources(PersistentVolumeClaim.class).stream()
                .map(claim -> claim.getMetadata().getName())
                .collect(Collectors.toSet());
        var missing = scope.getSpec().platforms().stream()
                .filter(platform ->
                        !existing.contains(Names.volume(scope.getMetadata().getName(), platform)))
                .toList();
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        return switch (storage.choose(scope.getSpec().policy())) {
            case Storage.Choice.Missing(Finding why) -> Optional.of(why);
            case Storage.Choice.Chosen(var chosen) -> {
                missing.forEach(platform -> context.resourceOperations()
                        .serverSideApply(Claims.cache(
                                scope.getMetadata().getNamespace(),
                                scope.getSpec().pipeline(),
                                scope.getMetadata().getName(),
                                platform,
                                chosen,
                                Owners.controller(scope))));
                yield Optional.empty();
            }
        };
    }

    private SortedMap<String, String> grants(CacheScope scope, Context<CacheScope> context) {
        var holders = Optional.ofNullable(scope.getStatus()).map(CacheScopeStatus::volumes).orElse(List.of()).stream()
                .filter(volume -> volume.run() != null)
                .collect(Collectors.toMap(CacheScopeStatus.Volume::platform, volume -> String.valueOf(volume.run())));
        var platforms = Set.copyOf(scope.getSpec().platforms());
        var claimants = Claimants.of(context.getSecondaryResources(PipelineRun.class));
        var granted =
                VolumeGrants.grant(platforms, holders, mounted(context.getSecondaryResources(Pod.class)), claimants);
        if (granted.equals(holders)) {
            return granted;
        }
        // A volume changes hands: what this operator's watch shows of pods may be old, so the API server itself is
        // asked.
        var live = pods.ofScope(
                scope.getMetadata().getNamespace(), scope.getMetadata().getName());
        return VolumeGrants.grant(platforms, holders, mounted(Set.copyOf(live)), claimants);
    }

    private static Map<String, Set<String>> mounted(Set<Pod> pods) {
        return pods.stream()
                .filter(pod -> !Set.of("Succeeded", "Failed")
                        .contains(
                                Optional.ofNullable(pod.getStatus().getPhase()).orElse("Pending")))
                .collect(Collectors.groupingBy(
                        Labels::platform,
                        Collectors.mapping(
                                pod -> pod.getMetadata()
                                        .getOwnerReferences()
                                        .getFirst()
                                        .getName(),
                                Collectors.toSet())));
    }
}
