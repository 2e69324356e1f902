package dev.hearth.controller.pipeline;

import dev.hearth.api.CacheScope;
import dev.hearth.api.HearthResource;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.Trust;
import dev.hearth.api.WebhookDelivery;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.PodClient;
import dev.hearth.cluster.PodWatchClient;
import dev.hearth.controller.access.PodRuleResolver;
import dev.hearth.controller.access.RepositoryOpener;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.controller.support.UnreadableObjects;
import dev.hearth.core.text.Durations;
import dev.hearth.core.trigger.PollPause;
import dev.hearth.core.trigger.RepositoryActivity;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
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
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Reconciles a pipeline: follows the refs of its repository, starts runs for new commits, and deletes old ones. */
@ControllerConfiguration(
        name = "pipeline",
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 30_000)
public class PipelineReconciler implements Reconciler<Pipeline> {
    private static final Logger LOG = Logger.getLogger(PipelineReconciler.class);

    private static final String TOPIC = "refs";

    private final RefFollower follower;
    private final DeliveryLog deliveries;
    private final PressedButtons buttons;
    private final CommitStatusReporter commitStatuses;
    private final TokenExpiryWatch expiry;
    private final ScheduleStarter schedules;
    private final PodClient pods;
    private final PodWatchClient podWatch;
    private final FinishedRunCleanup cleanup;
    private final ArtifactCleanup artifacts;
    private final CacheIndex index;
    private final UnreadableObjects unreadable;
    private final Clock clock;
    private final ScopeRefUpdater scopeRefs;
    private final PodRuleResolver podRules;
    private final BackgroundWork<Pipeline, RefListing> listings;

    /** When this process began to reconcile pipelines. Before that it may have waited for the lease. */
    private final AtomicReference<@Nullable Instant> firstReconciled = new AtomicReference<>();

    public PipelineReconciler(
            RefFollower follower,
            DeliveryLog deliveries,
            PressedButtons buttons,
            CommitStatusReporter commitStatuses,
            TokenExpiryWatch expiry,
            ScheduleStarter schedules,
            PodClient pods,
            PodWatchClient podWatch,
            FinishedRunCleanup cleanup,
            ArtifactCleanup artifacts,
            CacheIndex index,
            ScopeRefUpdater scopeRefs,
            UnreadableObjects unreadable,
            PodRuleResolver podRules,
            Clock clock) {
        this.follower = follower;
        this.deliveries = deliveries;
        this.buttons = buttons;
        this.commitStatuses = commitStatuses;
        this.expiry = expiry;
        this.schedules = schedules;
        this.pods = pods;
        this.podWatch = podWatch;
        this.cleanup = cleanup;
        this.artifacts = artifacts;
        this.index = index;
        this.scopeRefs = scopeRefs;
        this.unreadable = unreadable;
        this.podRules = podRules;
        this.clock = clock;
        this.listings = new BackgroundWork<>(TOPIC, clock);
    }

    @Override
    public List<EventSource<?, Pipeline>> prepareEventSources(EventSourceContext<Pipeline> context) {
        unreadable.watch(Pipeline.class, context.getPrimaryCache());
        index.watchPipelines(context.getPrimaryCache());
        index.watchNamespaces(context.getControllerConfiguration());
        return PipelineEventSources.of(
                context,
                podWatch,
                List.of(listings.events(), deliveries.events(), commitStatuses.events(), expiry.events()));
    }

    @Override
    public UpdateControl<Pipeline> reconcile(Pipeline pipeline, Context<Pipeline> context) {
        Predicate<ResourceID> exists = id -> context.getPrimaryCache().get(id).isPresent();
        listings.retain(exists);
        follower.retain(exists);
        deliveries.retain(exists);
        commitStatuses.retain(exists);
        expiry.retain(exists);
        artifacts.retain(exists);
        if (pipeline.isMarkedForDeletion() || unreadable.report(pipeline)) {
            return UpdateControl.noUpdate();
        }
        try {
            return follow(pipeline, context);
        } catch (KubernetesClientException e) {
            if (ApiRejection.isNamespaceTerminating(e)) {
                return UpdateControl.noUpdate(); // the pipeline is deleted with its namespace
            }
            throw e;
        }
    }

    private UpdateControl<Pipeline> follow(Pipeline pipeline, Context<Pipeline> context) {
        var scopes = readable(context.getSecondaryResources(CacheScope.class));
        var runs = readable(context.getSecondaryResources(PipelineRun.class));
        var last = listings.known(pipeline, TOPIC);
        var id = ResourceID.fromResource(pipeline);
        var recorded = Optional.ofNullable(pipeline.getStatus())
                .map(PipelineStatus::deliveries)
                .orElse(List.of());
        var usual = pause(pipeline, last.orElse(null), recorded);
        // A repository that sent too much would do so again, and delay others.
        var age = last.filter(PipelineReconciler::isTooLarge).isPresent() ? usual : deliveries.age(id, usual);
        var untilFirst = last.isEmpty() && !deliveries.waits(id) ? untilFirstListing(pipeline) : Duration.ZERO;
        var previous = last.flatMap(Result::found).orElse(null);
        var listing = untilFirst.isPositive()
                ? last
                : listings.ask(
                        pipeline,
                        TOPIC,
                        RefFollower.question(pipeline),
                        age,
                        () -> deliveries.answer(
                                id,
                                () -> follower.listRefs(pipeline, scopes, runs, previous),
                                (presses, listed) -> buttons.carryOut(pipeline, runs, presses, listed)));
        var found = listing.flatMap(Result::found);
        var work = new IndependentWork();
        work.run(() -> releaseCaches(pipeline, context));
        artifacts.release(pipeline, context.getSecondaryResources(Pod.class), work);
        scopeRefs.update(pipeline, found.orElse(null), scopes, work);
        var head = found.flatMap(it -> it.refStates().defaultBranch())
                .or(() -> Optional.ofNullable(pipeline.getStatus()).map(PipelineStatus::defaultBranch))
                .orElse(null);
        var scheduled = pipeline.getSpec().suspends()
                ? ScheduleStarter.Progress.unchanged(pipeline)
                : work.get(() -> schedules.start(pipeline, runs, head), ScheduleStarter.Progress.unchanged(pipeline));
        var complete =
                runs.size() == context.getSecondaryResources(PipelineRun.class).size();
        var reports =
                work.get(() -> commitStatuses.report(pipeline, runs, complete), CommitStatusReporter.Progress.NONE);
        cleanup.cleanUp(
                pipeline,
                runs,
                reports.unreported(),
                found.filter(RefListing::recorded).isPresent(),
                work);
        var rules = podRules.resolve(
                pipeline.getSpec().cache().policy(), pipeline.getMetadata().getNamespace(), Trust.Trusted);
        var factory = new PipelineStatusFactory(
                pipeline, rules.refusal(pipeline.getSpec()), expiry.warning(pipeline), clock.instant());
        var nextListing = untilFirst.isPositive() ? untilFirst : age;
        LOG.debugf("%s: listing %s, next in %s", ResourceName.of(pipeline), listing, nextListing);
        var status = factory.create(
                listing.orElse(null),
                runs,
                deliveries.shown(id, recorded),
                scheduled.statuses(),
                work.failure()
                        .or(scheduled::problem)
                        .or(() -> commitStatuses.problem(pipeline))
                        .orElse(null));
        var next = Stream.of(reports.next(), scheduled.next(), Optional.of(nextListing))
                .flatMap(Optional::stream)
                .min(Duration::compareTo)
                .orElse(nextListing);
        var control = StatusWriter.write(pipeline, status, Pipeline::new, context, next);
        work.end();
        return control;
    }

    private static <R extends HearthResource<?, ?>> Set<R> readable(Set<R> all) {
        return all.stream().filter(each -> each.unreadable().isEmpty()).collect(Collectors.toSet());
    }

    private static boolean isTooLarge(Result<RefListing> result) {
        return result instanceof Result.Failure<RefListing>(Exception cause) && RepositoryOpener.isTooLarge(cause);
    }

    /**
     * Returns the time until the refs are listed for the first time by this process. It is longer than zero if an earlier
     * process has listed them for the same spec, so that not all repositories are listed at the start.
     */
    private Duration untilFirstListing(Pipeline pipeline) {
        var now = clock.instant();
        var began = Objects.requireNonNull(firstReconciled.updateAndGet(at -> at == null ? now : at));
        var status = pipeline.getStatus();
        var known = status != null
                && status.refs() != null
                && Objects.equals(
                        status.observedGeneration(), pipeline.getMetadata().getGeneration());
        return known ? Duration.between(now, began.plus(pauses(pipeline).afterRestart())) : Duration.ZERO;
    }

    private static PollPause pauses(Pipeline pipeline) {
        return PollPause.of(
                Durations.parse(pipeline.getSpec().triggers().poll()),
                pipeline.getMetadata().getUid());
    }

    /** Returns the time until refs are listed again, if no delivery comes. */
    private Duration pause(
            Pipeline pipeline, @Nullable Result<RefListing> last, List<WebhookDelivery> recordedDeliveries) {
        var pause = pauses(pipeline);
        return switch (last) {
            case null -> pause.usual();
            case Result.Value<RefListing>(RefListing found) when found.failures() > 0 -> pause.after(found.failures());
            case Result.Value<RefListing>(RefListing found) ->
                quiet(pipeline, found, recordedDeliveries)
                        .map(pause::whileQuiet)
                        .orElseGet(pause::usual);
            case Result.Failure<RefListing>(Exception cause)
            when RepositoryOpener.isTooLarge(cause) -> pause.afterTooMuch();
            case Result.Failure<RefListing>(Exception cause)
            when RepositoryOpener.isTransient(cause) -> pause.afterOutage();
            case Result.Failure<RefListing> _ -> pause.usual();
        };
    }

    /** Returns for how long a repository has been quiet of which a webhook tells. */
    private Optional<Duration> quiet(Pipeline pipeline, RefListing found, List<WebhookDelivery> recordedDeliveries) {
        var forge = pipeline.getSpec().forge();
        if (forge == null || forge.webhook() == null) {
            return Optional.empty();
        }
        var lastDelivery = deliveries.last(ResourceID.fromResource(pipeline), recordedDeliveries);
        return new RepositoryActivity(
                        lastDelivery.orElse(null), found.lastChange().orElse(null))
                .quiet(clock.instant());
    }

    /**
     * Deletes finished pods that hold claims which are being deleted. The scope of such a claim may no longer exist.
     */
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
