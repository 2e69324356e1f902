package dev.hearth.core.validation;

import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.Optional;

/** Finds mistakes in a pipeline that its schema cannot see, and that no run of it can make up for. */
public final class PipelineValidator {
    private PipelineValidator() {}

    /** The first mistake, with what to do about it; empty if there is none. */
    public static Optional<StatusReason> in(PipelineSpec spec) {
        return SpecSizeRule.mistake(spec)
                .or(() -> DependencyCycle.in(spec.tasks()).map(PipelineValidator::cycle))
                .or(() -> TaskRules.mistake(spec)
                        .map(mistake -> new StatusReason(Reason.InvalidTasks, "spec.tasks: " + mistake)))
                .or(() -> PatternRules.in(spec).map(malformed -> new StatusReason(Reason.InvalidPattern, malformed)));
    }

    private static StatusReason cycle(List<String> circle) {
        return new StatusReason(
                Reason.DependencyCycle,
                "spec.tasks need each other in a circle: " + String.join(" needs ", circle)
                        + "; remove one of these needs");
    }
}
