package dev.hearth.controller.pipeline;

import static dev.hearth.core.plan.Durations.parse;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.Ledgers;
import dev.hearth.cluster.Pods;
import dev.hearth.cluster.PrudentClock;
import dev.hearth.cluster.Refusals;
import dev.hearth.controller.support.Background;
import dev.hearth.controller.support.Background.Result;
import dev.hearth.controller.support.KnownCaches;
import dev.hearth.controller.support.Owners;
import dev.hearth.controller.support.Repositories;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.core.trigger.RefChanges;
import dev.hearth.core.trigger.RefLedger;
import dev.hearth.git.RemoteRefs;
import dev.hearth.pod.Labels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Follows the refs of a pipeline's repository and starts a run for each that moved. */
@ControllerConfiguration(
        name = "pipeline",
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 30_000)
public class PipelineReconciler implements Reconciler<Pipeline> {
    private static final Duration SHORTEST_POLL = Duration.ofSeconds(5);

    private final RemoteRefs refs;
    private final Repositories repositories;
    private final Ledgers ledgers;
    private final Pods pods;
    private final Housekeeping housekeeping;
    private final KnownCaches known;
    private final Clock clock;
    private final PipelineScopes scopes;
    private final PrudentClock prudent;
    private final Background<Pipeline, Look> looks;

    public PipelineReconciler(
            RemoteRefs refs,
            Repositories repositories,
            Ledgers ledgers,
            Pods pods,
            Housekeeping housekeeping,
            KnownCaches known,
            PipelineScopes scopes,
            PrudentClock prudent,
            Clock clock) {
        this.refs = refs;
        this.repositories = repositories;
        this.ledgers = ledgers;
        this.pods = pods;
        this.housekeeping = housekeeping;
        this.known = known;
        this.scopes = scopes;
        this.prudent = prudent;
        this.clock = clock;
        this.looks = new Background<>("refs", clock);
    }

    @Override
    public List<EventSource<?, Pipeline>> prepareEventSources(EventSourceContext<Pipeline> context) {
        known.watchPipelines(context.getPrimaryCache());
        known.watchNamespaces(context.getControllerConfiguration());
        return PipelineSources.of(context, looks.events());
    }

    @Override
    public UpdateControl<Pipeline> reconcile(Pipeline pipeline, Context<Pipeline> context) {
        looks.retain(id -> context.getPrimaryCache().get(id).isPresent());
        if (pipeline.isMarkedForDeletion()) {
            return UpdateControl.noUpdate();
        }
        try {
            return follow(pipeline, context);
        } catch (KubernetesClientException e) {
            if (Refusals.isOfLeavingNamespace(e)) {
                return UpdateControl.noUpdate(); // the pipeline goes too
            }
            throw e;
        }
    }

    private UpdateControl<Pipeline> follow(Pipeline pipeline, Context<Pipeline> context) {
        var spec = pipeline.getSpec();
        var poll = poll(pipeline);
        var look = looks.ask(
                pipeline,
                "refs",
                spec.source() + "@" + pipeline.getMetadata().getUid(),
                poll,
                () -> new Look(
                        prudent.now(),
                        refs.read(repositories.open(
                                pipeline.getMetadata().getNamespace(),
                                pipeline.getMetadata().getName(),
                                spec.source()))));
        Optional<RefChanges> changes = look.map(result -> switch (result) {
            case Result.Value<Look>(var found) ->
                changes(pipeline, found.listing().commits());
            case Result.Failure<Look> _ -> null;
        });
        changes.ifPresent(it -> startRuns(pipeline, it, context));
        releaseCaches(pipeline, context);
        scopes.tend(pipeline, look, context.getSecondaryResources(CacheScope.class));
        housekeeping.tidy(pipeline, context.getSecondaryResources(PipelineRun.class));
        var report = new PipelineReport(pipeline, clock.instant());
        var status = report.of(look, changes, context.getSecondaryResources(PipelineRun.class));
        return StatusWriter.write(pipeline, status, Pipeline::new, context, Optional.of(poll));
    }

    private RefChanges changes(Pipeline pipeline, Map<String, String> found) {
        var meta = pipeline.getMetadata();
        var before = ledgers.read(meta.getNamespace(), meta.getName(), meta.getUid());
        return RefChanges.between(before, found, pipeline.getSpec().triggers());
    }

    /** Runs first, then the ledger: a crash in between creates them again, which their names make harmless. */
    private void startRuns(Pipeline pipeline, RefChanges changes, Context<Pipeline> context) {
        for (RefChanges.Start start : changes.starts()) {
            try {
                context.resourceOperations().create(Runs.of(pipeline, start));
            } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                    throw e;
                }
            }
        }
        record(pipeline, changes.ledger());
    }

    /** Here, since the scope that a deleted cache belonged to is gone. */
    private void releaseCaches(Pipeline pipeline, Context<Pipeline> context) {
        var deleted = context.getSecondaryResources(PersistentVolumeClaim.class).stream()
                .filter(HasMetadata::isMarkedForDeletion)
                .map(claim -> claim.getMetadata().getName())
                .collect(Collectors.toSet());
        if (!deleted.isEmpty()) {
            pods.release(pipeline.getMetadata().getNamespace(), deleted);
        }
    }

    private void record(Pipeline pipeline, RefLedger ledger) {
        var meta = pipeline.getMetadata();
        if (!ledgers.read(meta.getNamespace(), meta.getName(), meta.getUid()).equals(Optional.of(ledger))) {
            ledgers.write(
                    meta.getNamespace(),
                    meta.getName(),
                    ledger,
                    Owners.controller(pipeline),
                    Labels.of(meta.getName()));
        }
    }

    private static Duration poll(Pipeline pipeline) {
        var asked = parse(pipeline.getSpec().triggers().poll());
        return asked.compareTo(SHORTEST_POLL) < 0 ? SHORTEST_POLL : asked;
    }
}
