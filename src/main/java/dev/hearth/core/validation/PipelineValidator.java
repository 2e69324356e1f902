package dev.hearth.core.validation;

import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.Optional;

/** Finds mistakes in a pipeline that its schema cannot find and that make all of its runs fail. */
public final class PipelineValidator {
    private PipelineValidator() {}

    /** Returns the first mistake and what to do about it. Empty if there is none. */
    public static Optional<StatusReason> in(PipelineSpec spec) {
        return SpecSizeRule.mistake(spec)
                .or(() -> DependencyCycle.in(spec.tasks()).map(PipelineValidator::cycle))
                .or(() -> TaskRules.mistake(spec)
                        .map(mistake -> new StatusReason(Reason.InvalidTasks, "spec.tasks: " + mistake)))
                .or(() -> PatternRules.in(spec).map(problem -> new StatusReason(Reason.InvalidPattern, problem)));
    }

    private static StatusReason cycle(List<String> names) {
        return new StatusReason(
                Reason.DependencyCycle,
                "spec.tasks has a dependency cycle: " + String.join(" needs ", names)
                        + "; remove one of these dependencies");
    }
}
