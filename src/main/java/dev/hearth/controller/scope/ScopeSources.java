package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.controller.support.Scopes;
import dev.hearth.pod.Labels;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import java.util.List;
import java.util.Set;

/** What a scope watches: its claims, the pods that mount them, and the runs of its ref. */
final class ScopeSources {
    private ScopeSources() {}

    static List<EventSource<?, CacheScope>> of(
            EventSourceContext<CacheScope> context, EventSource<?, CacheScope> answers) {
        SecondaryToPrimaryMapper<PipelineRun> ofRun =
                run -> Scopes.of(run).map(Set::of).orElse(Set.of());
        var claims = InformerEventSourceConfiguration.from(PersistentVolumeClaim.class, CacheScope.class)
                .withLabelSelector(Labels.SELECTOR + "," + Labels.SCOPE)
                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(CacheScope.class))
                .withNamespacesInheritedFromController()
                .build();
        var pods = InformerEventSourceConfiguration.from(Pod.class, CacheScope.class)
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
                new InformerEventSource<>(pods, context),
                new InformerEventSource<>(runs, context),
                answers);
    }
}
