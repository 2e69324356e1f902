package dev.hearth.core.plan;

import dev.hearth.api.PipelineSpec;
import dev.hearth.core.diagnosis.Finding;
import java.util.List;
import java.util.Optional;

/** Finds mistakes in a pipeline that its schema cannot see, and that no run of it can make up for. */
public final class Mistakes {
    private Mistakes() {}

    /** The first mistake, with what to do about it; empty if there is none. */
    public static Optional<Finding> in(PipelineSpec spec) {
        return SpecSize.mistake(spec)
                .or(() -> Cycle.in(spec.tasks()).map(Mistakes::cycle))
                .or(() -> Placeholders.mistake(spec)
                        .map(mistake -> new Finding("InvalidTasks", "spec.tasks: " + mistake)))
                .or(() -> MalformedPatterns.in(spec).map(malformed -> new Finding("InvalidPattern", malformed)));
    }

    private static Finding cycle(List<String> circle) {
        return new Finding(
                "TasksNeedEachOther",
                "spec.tasks need each other in a circle: " + String.join(" needs ", circle)
                        + "; remove one of these needs");
    }
}
