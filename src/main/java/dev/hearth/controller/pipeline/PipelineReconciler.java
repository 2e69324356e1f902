package dev.hearth.controller.pipeline;

import dev.hearth.api.CacheScope;
import dev.hearth.api.HearthResource;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Trust;
import dev.hearth.cluster.Pods;
import dev.hearth.cluster.Refusals;
import dev.hearth.controller.support.AllowedPods;
import dev.hearth.controller.support.Attempts;
import dev.hearth.controller.support.Background;
import dev.hearth.controller.support.Background.Result;
import dev.hearth.controller.support.KnownCaches;
import dev.hearth.controller.support.Repositories;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.controller.support.UnreadableObjects;
import dev.hearth.core.plan.Durations;
import dev.hearth.core.trigger.Pause;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Follows the refs of a pipeline's repository and starts a run for each that moved. */
@ControllerConfiguration(
        name = "pipeline",
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 30_000)
public class PipelineReconciler implements Reconciler<Pipeline> {
    private static final String TOPIC = "refs";

    private final RefFollower follower;
    private final Pods pods;
    private final Housekeeping housekeeping;
    private final KnownCaches known;
    private final UnreadableObjects unreadable;
    private final Clock clock;
    private final PipelineScopes caches;
    private final AllowedPods allowed;
    private final Background<Pipeline, Look> looks;

    public PipelineReconciler(
            RefFollower follower,
            Pods pods,
            Housekeeping housekeeping,
            KnownCaches known,
            PipelineScopes caches,
            UnreadableObjects unreadable,
            AllowedPods allowed,
            Clock clock) {
        this.follower = follower;
        this.pods = pods;
        this.housekeeping = housekeeping;
        this.known = known;
        this.caches = caches;
        this.unreadable = unreadable;
        this.allowed = allowed;
        this.clock = clock;
        this.looks = new Background<>(TOPIC, clock);
    }

    @Override
    public List<EventSource<?, Pipeline>> prepareEventSources(EventSourceContext<Pipeline> context) {
        unreadable.watch(Pipeline.class, context.getPrimaryCache());
        known.watchPipelines(context.getPrimaryCache());
        known.watchNamespaces(context.getControllerConfiguration());
        return PipelineSources.of(context, looks.events());
    }

    @Override
    public UpdateControl<Pipeline> reconcile(Pipeline pipeline, Context<Pipeline> context) {
        Predicate<ResourceID> exists = id -> context.getPrimaryCache().get(id).isPresent();
        looks.retain(exists);
        follower.retain(exists);
        if (pipeline.isMarkedForDeletion() || unreadable.report(pipeline)) {
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
        var scopes = readable(context.getSecondaryResources(CacheScope.class));
        var runs = readable(context.getSecondaryResources(PipelineRun.class));
        var last = looks.known(pipeline, TOPIC);
        var before = PipelineReport.found(last);
        var pause = pause(pipeline, last);
        var look = looks.ask(
                pipeline,
                TOPIC,
                RefFollower.question(pipeline),
                pause,
                () -> follower.look(pipeline, scopes, runs, before));
        var found = PipelineReport.found(look);
        var attempts = new Attempts();
        attempts.run(() -> releaseCaches(pipeline, context));
        caches.tend(pipeline, found, scopes, attempts);
        housekeeping.tidy(pipeline, runs, found.filter(Look::recorded).isPresent(), attempts);
        var rules = allowed.of(
                pipeline.getSpec().cache().policy(), pipeline.getMetadata().getNamespace(), Trust.Trusted);
        var report = new PipelineReport(pipeline, rules.refusal(pipeline.getSpec()), clock.instant());
        var status = report.of(look, runs, attempts.finding());
        var control = StatusWriter.write(pipeline, status, Pipeline::new, context, Optional.of(pause));
        attempts.end();
        return control;
    }

    private static <R extends HearthResource<?, ?>> Set<R> readable(Set<R> all) {
        return all.stream().filter(each -> each.unreadable().isEmpty()).collect(Collectors.toSet());
    }

    /** Until the next look. */
    private static Duration pause(Pipeline pipeline, Optional<Result<Look>> last) {
        var pause = new Pause(Durations.parse(pipeline.getSpec().triggers().poll()));
        return last.map(result -> switch (result) {
                    case Result.Value<Look>(Look found) -> pause.after(found.failures());
                    case Result.Failure<Look>(Exception cause)
                    when Repositories.isTooLarge(cause) -> pause.afterTooMuch();
                    case Result.Failure<Look>(Exception cause)
                    when Repositories.isPassing(cause) -> pause.afterOutage();
                    case Result.Failure<Look> _ -> pause.poll();
                })
                .orElse(pause.poll());
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
}
