package dev.hearth.controller.pipeline;

import dev.hearth.api.Condition;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.PipelineStatus.LastRun;
import dev.hearth.controller.support.Background.Result;
import dev.hearth.controller.support.Repositories;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.plan.Mistakes;
import dev.hearth.core.status.Conditions;
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
record PipelineReport(Pipeline pipeline, Optional<Finding> forbidden, Instant now) {
    /** True while some of what a pipeline is for is not done, such as a run that the API server refuses. */
    private static final String DEGRADED = "Degraded";

    /**
     * The status.
     *
     * @param failed what else went wrong
     */
    PipelineStatus of(Optional<Result<Look>> look, Collection<PipelineRun> runs, Optional<Finding> failed) {
        var generation = pipeline.getMetadata().getGeneration();
        var before = Optional.ofNullable(pipeline.getStatus());
        var words = new Conditions(before.map(PipelineStatus::conditions).orElse(List.of()), generation, now);
        return new PipelineStatus(
                generation,
                found(look)
                        .map(Look::followed)
                        .orElse(before.map(PipelineStatus::refs).orElse(null)),
                found(look)
                        .flatMap(it -> it.marks().defaultBranch())
                        .or(() -> before.map(PipelineStatus::defaultBranch))
                        .orElse(null),
                lastRun(runs),
                FlakyReport.of(runs),
                Stream.concat(
                                conditions(look, words).stream(),
                                found(look).flatMap(Look::unstarted).or(() -> failed).stream()
                                        .map(why -> words.condition(DEGRADED, "True", why)))
                        .toList());
    }

    private List<Condition> conditions(Optional<Result<Look>> look, Conditions words) {
        var mistake = Mistakes.in(pipeline.getSpec());
        if (mistake.isPresent()) {
            return words.stalled(mistake.get());
        }
        if (forbidden.isPresent()) {
            return words.stalled(forbidden.get());
        }
        var problem = found(look).flatMap(Look::problem);
        if (problem.isPresent()) {
            return words.stalled(problem.get());
        }
        return look.map(result -> switch (result) {
                    case Result.Value<Look>(var found) ->
                        words.ready(new Finding(
                                "Following", "follows the repository, which has " + found.refs() + " refs"));
                    case Result.Failure<Look>(Exception cause)
                    when Repositories.isPassing(cause) -> words.reconciling(Repositories.finding(cause));
                    case Result.Failure<Look>(Exception cause) -> words.stalled(Repositories.finding(cause));
                })
                .orElseGet(() -> words.reconciling(new Finding("Looking", "the repository's refs are being listed")));
    }

    static Optional<Look> found(Optional<Result<Look>> look) {
        return look.flatMap(
                result -> result instanceof Result.Value<Look>(Look found) ? Optional.of(found) : Optional.empty());
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
