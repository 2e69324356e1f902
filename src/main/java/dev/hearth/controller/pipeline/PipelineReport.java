package dev.hearth.controller.pipeline;

import dev.hearth.api.Condition;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.PipelineStatus.LastRun;
import dev.hearth.controller.support.Background.Result;
import dev.hearth.controller.support.Repositories;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.plan.Cycle;
import dev.hearth.core.plan.Placeholders;
import dev.hearth.core.status.Conditions;
import dev.hearth.core.trigger.RefChanges;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sums up what following a pipeline's refs came to. */
record PipelineReport(Pipeline pipeline, Instant now) {

    PipelineStatus of(Optional<Result<Look>> look, Optional<RefChanges> changes, Collection<PipelineRun> runs) {
        var generation = pipeline.getMetadata().getGeneration();
        var before = Optional.ofNullable(pipeline.getStatus());
        var words = new Conditions(before.map(PipelineStatus::conditions).orElse(List.of()), generation, now);
        return new PipelineStatus(
                generation,
                changes.map(it -> it.ledger().commits().size())
                        .orElse(before.map(PipelineStatus::refs).orElse(null)),
                look.flatMap(PipelineReport::defaultBranch)
                        .or(() -> before.map(PipelineStatus::defaultBranch))
                        .orElse(null),
                lastRun(runs),
                FlakyReport.of(runs),
                conditions(look, changes, words));
    }

    private List<Condition> conditions(Optional<Result<Look>> look, Optional<RefChanges> changes, Conditions words) {
        var cycle = Cycle.in(pipeline.getSpec().tasks());
        if (cycle.isPresent()) {
            return words.stalled(cycle(cycle.get()));
        }
        var mistake = Placeholders.mistake(pipeline.getSpec());
        if (mistake.isPresent()) {
            return words.stalled(new Finding("InvalidTasks", "spec.tasks: " + mistake.get()));
        }
        var problem = changes.flatMap(RefChanges::problem);
        if (problem.isPresent()) {
            return words.stalled(problem.get());
        }
        return look.map(result -> switch (result) {
                    case Result.Value<Look>(var found) ->
                        words.ready(new Finding(
                                "Following",
                                "follows the repository, which has "
                                        + found.listing().commits().size() + " refs"));
                    case Result.Failure<Look>(Exception cause)
                    when Repositories.isPassing(cause) -> words.reconciling(Repositories.finding(cause));
                    case Result.Failure<Look>(Exception cause) -> words.stalled(Repositories.finding(cause));
                })
                .orElseGet(() -> words.reconciling(new Finding("Looking", "the repository's refs are being listed")));
    }

    private static Optional<String> defaultBranch(Result<Look> look) {
        return look instanceof Result.Value<Look>(var found) ? found.listing().defaultBranch() : Optional.empty();
    }

    static Finding cycle(List<String> circle) {
        return new Finding(
                "TasksNeedEachOther",
                "spec.tasks need each other in a circle: " + String.join(" needs ", circle)
                        + "; remove one of these needs");
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
