package dev.hearth.controller.pipeline;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.PipelineStatus.LastRun;
import dev.hearth.api.Reason;
import dev.hearth.controller.access.RepositoryOpener;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.validation.PipelineValidator;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sums up what following a pipeline's refs came to.
 *
 * @param forbidden what the admin does not allow its pods, so that steps fail in every run
 */
record PipelineStatusFactory(Pipeline pipeline, Optional<StatusReason> forbidden, Instant now) {
    /**
     * The status.
     *
     * @param failed what else went wrong
     */
    PipelineStatus create(
            Optional<Result<RefListing>> look, Collection<PipelineRun> runs, Optional<StatusReason> failed) {
        var generation = pipeline.getMetadata().getGeneration();
        var before = Optional.ofNullable(pipeline.getStatus());
        var words = new ConditionFactory(before.map(PipelineStatus::conditions).orElse(List.of()), generation, now);
        return new PipelineStatus(
                generation,
                found(look)
                        .map(RefListing::followed)
                        .orElse(before.map(PipelineStatus::refs).orElse(null)),
                found(look)
                        .flatMap(it -> it.marks().defaultBranch())
                        .or(() -> before.map(PipelineStatus::defaultBranch))
                        .orElse(null),
                lastRun(runs),
                FlakyTestHistory.of(runs),
                Stream.concat(
                                conditions(look, words).stream(),
                                found(look).flatMap(RefListing::unstarted).or(() -> failed).stream()
                                        .map(why -> words.condition(ConditionType.Degraded, "True", why)))
                        .toList());
    }

    private List<Condition> conditions(Optional<Result<RefListing>> look, ConditionFactory words) {
        var mistake = PipelineValidator.in(pipeline.getSpec());
        if (mistake.isPresent()) {
            return words.stalled(mistake.get());
        }
        if (forbidden.isPresent()) {
            return words.stalled(forbidden.get());
        }
        var problem = found(look).flatMap(RefListing::problem);
        if (problem.isPresent()) {
            return words.stalled(problem.get());
        }
        return look.map(result -> switch (result) {
                    case Result.Value<RefListing>(var found) ->
                        words.ready(new StatusReason(
                                Reason.RefsListed, "follows the repository, which has " + found.refs() + " refs"));
                    case Result.Failure<RefListing>(Exception cause)
                    when RepositoryOpener.isPassing(cause) -> words.reconciling(RepositoryOpener.finding(cause));
                    case Result.Failure<RefListing>(Exception cause) -> words.stalled(RepositoryOpener.finding(cause));
                })
                .orElseGet(() -> words.reconciling(
                        new StatusReason(Reason.ListingRefs, "the repository's refs are being listed")));
    }

    static Optional<RefListing> found(Optional<Result<RefListing>> look) {
        return look.flatMap(result ->
                result instanceof Result.Value<RefListing>(RefListing found) ? Optional.of(found) : Optional.empty());
    }

    private static @Nullable LastRun lastRun(Collection<PipelineRun> runs) {
        return runs.stream()
                .max(Comparator.comparing((PipelineRun run) -> run.getMetadata().getCreationTimestamp())
                        .thenComparing(run -> run.getMetadata().getName()))
                .map(run -> {
                    var status = Optional.ofNullable(run.getStatus());
                    return new LastRun(
                            run.getMetadata().getName(),
                            status.map(it -> it.phase()).map(Enum::name).orElse(null),
                            run.getSpec().ref(),
                            status.map(it -> it.commit()).orElse(run.getSpec().commit()));
                })
                .orElse(null);
    }
}
