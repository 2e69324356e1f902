package dev.hearth.controller.pipeline;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.PodWatchClient;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Creates the event sources of a pipeline: its runs, its scopes, their claims, the pods that remove its artifacts, and those
 * that are not watches.
 */
final class PipelineEventSources {
    private PipelineEventSources() {}

    static List<EventSource<?, Pipeline>> of(
            EventSourceContext<Pipeline> context, PodWatchClient podWatch, List<EventSource<?, Pipeline>> others) {
        var runs = InformerEventSourceConfiguration.from(PipelineRun.class, Pipeline.class)
                .withSecondaryToPrimaryMapper(run -> Set.of(new ResourceID(
                        run.getSpec().pipeline(), run.getMetadata().getNamespace())))
                .withNamespacesInheritedFromController()
                .build();
        var claims = InformerEventSourceConfiguration.from(PersistentVolumeClaim.class, Pipeline.class)
                .withLabelSelector(ObjectLabels.SELECTOR + "," + ObjectLabels.SCOPE)
                .withSecondaryToPrimaryMapper(claim -> Set.of(new ResourceID(
                        claim.getMetadata().getLabels().getOrDefault(ObjectLabels.PIPELINE, ""),
                        claim.getMetadata().getNamespace())))
                .withNamespacesInheritedFromController()
                .build();
        // Updates of a scope's status concern no pipeline.
        var scopes = InformerEventSourceConfiguration.from(CacheScope.class, Pipeline.class)
                .withSecondaryToPrimaryMapper(scope -> Set.of(new ResourceID(
                        scope.getSpec().pipeline(), scope.getMetadata().getNamespace())))
                .withOnUpdateFilter((_, _) -> false)
                .withNamespacesInheritedFromController()
                .build();
        var removals = InformerEventSourceConfiguration.from(Pod.class, Pipeline.class)
                .withKubernetesClient(podWatch.client())
                .withLabelSelector(ObjectLabels.SELECTOR + "," + ObjectLabels.ARTIFACT_REMOVAL)
                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(Pipeline.class))
                .withNamespacesInheritedFromController()
                .build();
        return Stream.concat(
                        Stream.<EventSource<?, Pipeline>>of(
                                new InformerEventSource<>(removals, context),
                                new InformerEventSource<>(runs, context),
                                new InformerEventSource<>(claims, context),
                                new InformerEventSource<>(scopes, context)),
                        others.stream())
                .toList();
    }
}
