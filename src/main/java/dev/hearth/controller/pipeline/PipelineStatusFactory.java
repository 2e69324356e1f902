package dev.hearth.controller.pipeline;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.PipelineStatus.LastRun;
import dev.hearth.api.PipelineStatusBuilder;
import dev.hearth.api.PipelineStatusLastRunBuilder;
import dev.hearth.api.Reason;
import dev.hearth.api.ScheduleStatus;
import dev.hearth.api.WebhookDelivery;
import dev.hearth.controller.access.RepositoryOpener;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.testreport.FlakyTestFinder;
import dev.hearth.core.trigger.DeliveryPreview;
import dev.hearth.core.validation.PipelineValidator;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Creates the status of a pipeline.
 *
 * @param forbidden why the pod rules forbid pods of the pipeline, so that steps would fail in every run
 * @param expiring that the token of the forge expires soon
 */
record PipelineStatusFactory(
        Pipeline pipeline, Optional<StatusReason> forbidden, Optional<StatusReason> expiring, Instant now) {
    /**
     * Creates the status.
     *
     * @param listing the newest listing of refs; null before there is one
     * @param deliveries the webhook deliveries to show
     * @param schedules state of the schedules
     * @param failed failure of other work of this reconciliation; null if there is none
     */
    PipelineStatus create(
            @Nullable Result<RefListing> listing,
            Collection<PipelineRun> runs,
            List<WebhookDelivery> deliveries,
            List<ScheduleStatus> schedules,
            @Nullable StatusReason failed) {
        var found = Optional.ofNullable(listing).flatMap(Result::found);
        var generation = pipeline.getMetadata().getGeneration();
        var recorded = Optional.ofNullable(pipeline.getStatus());
        var factory =
                new ConditionFactory(recorded.map(PipelineStatus::conditions).orElse(List.of()), generation, now);
        return PipelineStatusBuilder.builder()
                .activeRuns(count(runs, PipelineStatusFactory::isActive))
                .waitingRuns(count(runs, PipelineStatusFactory::isWaiting))
                .observedGeneration(generation)
                .refs(found.map(RefListing::followed)
                        .orElse(recorded.map(PipelineStatus::refs).orElse(null)))
                .defaultBranch(found.flatMap(it -> it.refStates().defaultBranch())
                        .or(() -> recorded.map(PipelineStatus::defaultBranch))
                        .orElse(null))
                .preview(
                        listing == null
                                ? listedBefore().map(PipelineStatus::preview).orElse(null)
                                : found.flatMap(RefListing::preview).orElse(null))
                .lastRun(lastRun(runs))
                .deliveries(withPreview(deliveries))
                .schedules(schedules)
                .flaky(FlakyTestFinder.inTrustedRuns(runs))
                .conditions(Stream.of(
                                conditions(listing, factory).stream(),
                                found.flatMap(RefListing::obstacle).or(() -> Optional.ofNullable(failed)).stream()
                                        .map(why -> factory.condition(ConditionType.Degraded, "True", why)),
                                expiring.stream()
                                        .map(why -> factory.condition(ConditionType.TokenExpiring, "True", why)))
                        .flatMap(conditions -> conditions)
                        .toList())
                .build();
    }

    /** Adds what deliveries would start by the present spec, to those of a suspended pipeline. */
    private List<WebhookDelivery> withPreview(List<WebhookDelivery> deliveries) {
        var spec = pipeline.getSpec();
        return spec.suspends()
                ? deliveries.stream()
                        .map(DeliveryPreview.of(spec.triggers())::added)
                        .toList()
                : deliveries;
    }

    private List<Condition> conditions(@Nullable Result<RefListing> listing, ConditionFactory factory) {
        var mistake = PipelineValidator.in(pipeline.getSpec());
        if (mistake.isPresent()) {
            return factory.stalled(mistake.get());
        }
        if (forbidden.isPresent()) {
            return factory.stalled(forbidden.get());
        }
        return switch (listing) {
            case null ->
                recordedConditions()
                        .orElseGet(() -> factory.reconciling(
                                new StatusReason(Reason.ListingRefs, "the repository's refs are being listed")));
            case Result.Value<RefListing>(var found) ->
                found.problem().map(factory::stalled).orElseGet(() -> factory.ready(listed(found)));
            case Result.Failure<RefListing>(Exception cause)
            when RepositoryOpener.isTransient(cause) -> factory.reconciling(RepositoryOpener.statusReason(cause));
            case Result.Failure<RefListing>(Exception cause) -> factory.stalled(RepositoryOpener.statusReason(cause));
        };
    }

    /** Returns the conditions of an earlier process, without those of its other work. */
    private Optional<List<Condition>> recordedConditions() {
        return listedBefore()
                .map(it -> it.conditions().stream()
                        .filter(condition -> !condition.type().equals(ConditionType.Degraded.name()))
                        .toList());
    }

    /** Returns the status if an earlier process has listed the refs for the same spec. */
    private Optional<PipelineStatus> listedBefore() {
        return Optional.ofNullable(pipeline.getStatus())
                .filter(it -> it.refs() != null
                        && Objects.equals(
                                it.observedGeneration(), pipeline.getMetadata().getGeneration()));
    }

    private static int count(Collection<PipelineRun> runs, Predicate<PipelineRunStatus> which) {
        return Math.toIntExact(runs.stream()
                .flatMap(run -> Stream.ofNullable(run.getStatus()))
                .filter(which)
                .count());
    }

    private static boolean isActive(PipelineRunStatus status) {
        return status.startedAt() != null && status.finishedAt() == null;
    }

    private static boolean isWaiting(PipelineRunStatus status) {
        return ConditionFactory.find(status.conditions(), ConditionType.Succeeded)
                .filter(condition -> Reason.ConcurrencyLimited.name().equals(condition.reason()))
                .isPresent();
    }

    private static StatusReason listed(RefListing found) {
        return found.preview()
                .map(preview -> new StatusReason(
                        Reason.Suspended,
                        "starts no runs, since spec.suspend is true; "
                                + (preview.total() == 1 ? "1 run" : preview.total() + " runs") + " would start"))
                .orElseGet(() -> new StatusReason(
                        Reason.RefsListed, "follows the repository, of which " + found.refs() + " refs are listed"));
    }

    private static @Nullable LastRun lastRun(Collection<PipelineRun> runs) {
        return runs.stream()
                .max(Comparator.comparing((PipelineRun run) -> run.getMetadata().getCreationTimestamp())
                        .thenComparing(run -> run.getMetadata().getName()))
                .map(run -> {
                    var status = Optional.ofNullable(run.getStatus());
                    return PipelineStatusLastRunBuilder.builder()
                            .name(run.getMetadata().getName())
                            .ref(run.getSpec().ref())
                            .result(status.map(it -> it.phase()).map(Enum::name).orElse(null))
                            .commit(status.map(it -> it.commit())
                                    .orElse(run.getSpec().commit()))
                            .build();
                })
                .orElse(null);
    }
}
