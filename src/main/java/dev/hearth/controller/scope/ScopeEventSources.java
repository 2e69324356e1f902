package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.PodWatchClient;
import dev.hearth.cluster.storage.WatchedStorage;
import dev.hearth.controller.support.ScopeNames;
import dev.hearth.controller.support.WarmPodRoom;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.task.TaskCacheNote;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Creates the event sources of a scope: its policy, its claims, the pods that mount them, and the runs of its ref. */
@ApplicationScoped
public class ScopeEventSources {
    private final IsolationResolver isolations;
    private final PodWatchClient podWatch;
    private final WatchedStorage storage;
    private final WarmPodRoom room;

    public ScopeEventSources(
            IsolationResolver isolations, PodWatchClient podWatch, WatchedStorage storage, WarmPodRoom room) {
        this.isolations = isolations;
        this.podWatch = podWatch;
        this.storage = storage;
        this.room = room;
    }

    List<EventSource<?, CacheScope>> create(EventSourceContext<CacheScope> context) {
        SecondaryToPrimaryMapper<PipelineRun> scopeOfRun =
                run -> ScopeNames.of(run).map(Set::of).orElse(Set.of());
        var claims = InformerEventSourceConfiguration.from(PersistentVolumeClaim.class, CacheScope.class)
                .withLabelSelector(ObjectLabels.SELECTOR + "," + ObjectLabels.SCOPE)
                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(CacheScope.class))
                .withNamespacesInheritedFromController()
                .build();
        var pods = InformerEventSourceConfiguration.from(Pod.class, CacheScope.class)
                .withKubernetesClient(podWatch.client())
                .withLabelSelector(ObjectLabels.SELECTOR + "," + ObjectLabels.SCOPE)
                .withSecondaryToPrimaryMapper(pod -> TaskCacheNote.scopes(pod)
                        .map(scope -> new ResourceID(scope, pod.getMetadata().getNamespace()))
                        .collect(Collectors.toSet()))
                .withNamespacesInheritedFromController()
                .build();
        var runs = InformerEventSourceConfiguration.from(PipelineRun.class, CacheScope.class)
                .withSecondaryToPrimaryMapper(scopeOfRun)
                .withNamespacesInheritedFromController()
                .build();
        var podEvents = new InformerEventSource<>(pods, context);
        room.watch(podEvents);
        return List.of(
                new PolicyEvents(storage, context.getPrimaryCache()),
                new InformerEventSource<>(claims, context),
                podEvents,
                new InformerEventSource<>(runs, context),
                isolations.background().events());
    }
}
