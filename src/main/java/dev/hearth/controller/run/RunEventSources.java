package dev.hearth.controller.run;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.PodWatchClient;
import dev.hearth.controller.run.matrix.MatrixResolver;
import dev.hearth.controller.run.pods.UserNamespacePreflight;
import dev.hearth.controller.run.results.ReportCollector;
import dev.hearth.controller.run.results.ServiceLogs;
import dev.hearth.controller.run.results.StoppedLogs;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.ScopeNames;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Creates the event sources of a run: its pods and scope, answers of background work, and its admission. */
@ApplicationScoped
public class RunEventSources {
    private static final String BY_SCOPE = "scope";
    private static final String BY_PIPELINE = "pipeline";
    private static final String BY_NAMESPACE = "run-namespace"; // the informer has an index "namespace" of its own

    private final List<BackgroundWork<PipelineRun, ?>> backgrounds;
    private final RunAdmission admission;
    private final PodWatchClient podWatch;
    private final StoppedLogs stopped;

    public RunEventSources(
            CommitResolver resolver,
            SkipCheck skips,
            ApprovalGate approvals,
            MatrixResolver lists,
            ServiceLogs services,
            ReportCollector reports,
            UserNamespacePreflight users,
            StoppedLogs stopped,
            RunAdmission admission,
            PodWatchClient podWatch) {
        this.podWatch = podWatch;
        this.stopped = stopped;
        this.admission = admission;
        this.backgrounds = List.of(
                resolver.background(),
                skips.background(),
                approvals.background(),
                lists.background(),
                services.background(),
                reports.background(),
                users.background());
    }

    List<EventSource<?, PipelineRun>> create(EventSourceContext<PipelineRun> context) {
        var runs = context.getPrimaryCache();
        runs.addIndexer(
                BY_PIPELINE,
                run -> List.of(
                        run.getMetadata().getNamespace() + "/" + run.getSpec().pipeline()));
        runs.addIndexer(BY_NAMESPACE, run -> List.of(run.getMetadata().getNamespace()));
        runs.addIndexer(
                BY_SCOPE,
                run -> ScopeNames.of(run).map(ResourceID::toString).stream().toList());
        var pods = InformerEventSourceConfiguration.from(Pod.class, PipelineRun.class)
                .withKubernetesClient(podWatch.client())
                .withLabelSelector(ObjectLabels.SELECTOR + "," + ObjectLabels.RUN)
                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(PipelineRun.class))
                .withNamespacesInheritedFromController()
                .build();
        var scopes = InformerEventSourceConfiguration.from(CacheScope.class, PipelineRun.class)
                // A run also reads its seed scopes, and scopes with artifacts that it names. Only changes of its own
                // trigger it.
                .withPrimaryToSecondaryMapper((PipelineRun run) -> ScopeNames.read(run))
                .withSecondaryToPrimaryMapper(scope ->
                        runs.byIndex(BY_SCOPE, ResourceID.fromResource(scope).toString()).stream()
                                .map(ResourceID::fromResource)
                                .collect(Collectors.toSet()))
                .withNamespacesInheritedFromController()
                .build();
        return Stream.concat(
                        Stream.<EventSource<?, PipelineRun>>of(
                                new InformerEventSource<>(pods, context),
                                new InformerEventSource<>(scopes, context),
                                admission.events(),
                                stopped.background().events()),
                        backgrounds.stream().map(BackgroundWork::events))
                .toList();
    }

    /** Forgets the background answers of a finished or deleted run. Pods of a finished run may still have to be deleted. */
    void forget(PipelineRun run) {
        backgrounds.forEach(background -> background.forget(run));
    }

    /** Forgets a deleted run. */
    void forgetDeleted(PipelineRun run) {
        forget(run);
        stopped.background().forget(run);
    }

    /** Returns all runs of the run's namespace that can be read. */
    static Collection<PipelineRun> neighbours(PipelineRun run, Context<PipelineRun> context) {
        return context.getPrimaryCache().byIndex(BY_NAMESPACE, run.getMetadata().getNamespace()).stream()
                .filter(neighbour -> neighbour.unreadable().isEmpty())
                .toList();
    }

    /** Whether all runs of the run's namespace can be read. */
    static boolean readsAll(PipelineRun run, Context<PipelineRun> context) {
        return context.getPrimaryCache().byIndex(BY_NAMESPACE, run.getMetadata().getNamespace()).stream()
                .allMatch(neighbour -> neighbour.unreadable().isEmpty());
    }

    /** Returns all runs of the run's pipeline that can be read. */
    static Collection<PipelineRun> siblings(PipelineRun run, Context<PipelineRun> context) {
        return context
                .getPrimaryCache()
                .byIndex(
                        BY_PIPELINE,
                        run.getMetadata().getNamespace() + "/" + run.getSpec().pipeline())
                .stream()
                .filter(sibling -> sibling.unreadable().isEmpty())
                .toList();
    }
}
