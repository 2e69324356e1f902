package dev.hearth.core.validation;

import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Finds mistakes in a pipeline that its schema cannot find and that make all of its runs fail. */
public final class PipelineValidator {
    private PipelineValidator() {}

    /** Returns what is wrong first and what to do about it. Empty if there is nothing. */
    public static Optional<StatusReason> in(PipelineSpec spec) {
        return first(spec).map(SpecMistake::why);
    }

    /** Returns the first mistake and its field. Empty if there is none. */
    public static Optional<SpecMistake> first(PipelineSpec spec) {
        return SpecSizeRule.mistake(spec)
                .or(() -> RequestSizeRule.mistake(spec))
                .or(() -> DependencyCycle.in(spec.tasks()).map(names -> cycle(spec, names)))
                .or(() -> TaskRules.mistake(spec)
                        .map(it -> new SpecMistake(
                                it.field(), new StatusReason(Reason.InvalidTasks, "spec.tasks: " + it.problem()))))
                .or(() -> PatternRules.in(spec)
                        .map(it -> new SpecMistake(it.field(), new StatusReason(Reason.InvalidPattern, it.problem()))));
    }

    private static SpecMistake cycle(PipelineSpec spec, List<String> names) {
        var first = IntStream.range(0, spec.tasks().size())
                .filter(at -> spec.tasks().get(at).name().equals(names.getFirst()))
                .findFirst()
                .orElseThrow();
        return new SpecMistake(
                "spec.tasks[" + first + "].needs",
                new StatusReason(
                        Reason.DependencyCycle,
                        "spec.tasks has a dependency cycle: " + String.join(" needs ", names)
                                + "; remove one of these dependencies"));
    }
}
