package dev.hearth.core.run;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.isolation.UserNamespaceUse;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Sums a run's steps up: phase, progress, cache use and conditions. */
public final class RunStatusFactory {
    private RunStatusFactory() {}

    /** What a run begins with. */
    public record Begin(
            String commit,
            Trust trust,
            @Nullable String recipe,
            List<String> seedRefs,
            Map<String, String> inputs,
            String results) {}

    /** The status of a run that has its commit and spec. */
    public static PipelineRunStatus of(PipelineRunStatus before, RunDecision decision, long generation, Instant now) {
        var steps = decision.steps();
        var matrices = new HashMap<>(before.matrices());
        matrices.putAll(decision.matrices());
        var phase = RunOutcome.phase(steps);
        var over = phase == Phase.Succeeded || phase == Phase.Failed || phase == Phase.Cancelled;
        var words = new ConditionFactory(before.conditions(), generation, now);
        return new PipelineRunStatus(
                generation,
                phase,
                steps.stream().filter(step -> step.state().isFinal()).count() + "/" + steps.size(),
                RunOutcome.cached(steps),
                before.commit(),
                before.trust(),
                before.recipe(),
                before.seedRefs(),
                before.pipelineSpec(),
                before.inputs(),
                matrices,
                before.results(),
                before.startedAt(),
                over ? now.toString() : null,
                StatusTrimmer.trim(steps),
                Stream.of(
                                conditions(phase, RunOutcome.why(phase, steps), words).stream(),
                                RunOutcome.regression(steps).stream()
                                        .map(why -> words.condition(ConditionType.CacheRegression, "True", why)),
                                RunOutcome.degraded(steps).stream()
                                        .map(why -> words.condition(ConditionType.CacheDegraded, "True", why)),
                                UserNamespaceUse.condition(words, decision.users()).stream())
                        .flatMap(Function.identity())
                        .toList());
    }

    /** The status of a run that never got to its steps. */
    public static PipelineRunStatus refused(PipelineRunStatus before, StatusReason why, long generation, Instant now) {
        return unsettled(before, Phase.Failed, before.startedAt(), now.toString(), why, generation, now);
    }

    /** The status of a run that was cancelled before it got to its steps. */
    public static PipelineRunStatus cancelled(PipelineRunStatus before, long generation, Instant now) {
        var why = RunOutcome.why(Phase.Cancelled, List.of());
        return unsettled(before, Phase.Cancelled, before.startedAt(), now.toString(), why, generation, now);
    }

    /** The status of a run that has not started: its time has not begun. */
    public static PipelineRunStatus waiting(PipelineRunStatus before, StatusReason why, long generation, Instant now) {
        return unsettled(before, Phase.Pending, null, null, why, generation, now);
    }

    /** The status of a run that now has its commit and spec, and no steps yet. */
    public static PipelineRunStatus beginning(
            PipelineRunStatus before, PipelineSpec spec, Begin begin, long generation, Instant now) {
        var words = new ConditionFactory(before.conditions(), generation, now);
        return new PipelineRunStatus(
                generation,
                Phase.Pending,
                null,
                null,
                begin.commit(),
                begin.trust(),
                begin.recipe(),
                begin.seedRefs(),
                spec,
                begin.inputs(),
                Map.of(),
                begin.results(),
                Optional.ofNullable(before.startedAt()).orElse(now.toString()),
                null,
                List.of(),
                conditions(
                        Phase.Pending,
                        new StatusReason(Reason.CommitResolved, "runs commit " + begin.commit()),
                        words));
    }

    /** What is worth a warning: that the cache was not what it should be, said once. */
    public static Optional<StatusReason> cacheWarning(Optional<PipelineRunStatus> before, PipelineRunStatus after) {
        return condition(Optional.of(after))
                .filter(why -> !condition(before).equals(Optional.of(why)))
                .map(why -> new StatusReason(Reason.CacheDegraded, why.reason() + ": " + why.message()));
    }

    private static Optional<StatusReason> condition(Optional<PipelineRunStatus> status) {
        return status.flatMap(it -> ConditionFactory.find(it.conditions(), ConditionType.CacheDegraded))
                .map(ConditionFactory::finding);
    }

    /** What is worth an event: that a run began and how it ended. */
    public static Optional<StatusReason> event(Optional<PipelineRunStatus> before, PipelineRunStatus after) {
        var wasFinished = before.map(PipelineRunStatus::finishedAt).isPresent();
        if (after.finishedAt() != null && !wasFinished) {
            return ConditionFactory.find(after.conditions(), ConditionType.Succeeded)
                    .map(ConditionFactory::finding);
        }
        var wasBegun = before.map(PipelineRunStatus::commit).isPresent();
        return after.commit() != null && !wasBegun
                ? Optional.of(new StatusReason(Reason.Started, "runs commit " + after.commit()))
                : Optional.empty();
    }

    /** The status of a run whose commit is not known yet. */
    public static PipelineRunStatus resolving(
            PipelineRunStatus before, StatusReason why, long generation, Instant now) {
        var since = Optional.ofNullable(before.startedAt()).orElse(now.toString());
        return unsettled(before, Phase.Pending, since, null, why, generation, now);
    }

    /** Without a commit, a spec, and all that follows from them. */
    private static PipelineRunStatus unsettled(
            PipelineRunStatus before,
            Phase phase,
            @Nullable String startedAt,
            @Nullable String finishedAt,
            StatusReason why,
            long generation,
            Instant now) {
        var words = new ConditionFactory(before.conditions(), generation, now);
        return new PipelineRunStatus(
                generation,
                phase,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                Map.of(),
                Map.of(),
                null,
                startedAt,
                finishedAt,
                List.of(),
                conditions(phase, why, words));
    }

    /** A run that ended badly is stalled: it will not change by itself, and a tool that waits for it should say so. */
    private static List<Condition> conditions(Phase phase, StatusReason why, ConditionFactory words) {
        var all = new ArrayList<Condition>(
                switch (phase) {
                    case Succeeded -> words.ready(why);
                    case Failed, Cancelled -> words.stalled(why);
                    case Pending, Running -> words.reconciling(why);
                });
        var succeeded = switch (phase) {
            case Succeeded -> "True";
            case Failed, Cancelled -> "False";
            case Pending, Running -> "Unknown";
        };
        all.add(words.condition(ConditionType.Succeeded, succeeded, why));
        return List.copyOf(all);
    }
}
