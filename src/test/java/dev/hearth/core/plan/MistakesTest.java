package dev.hearth.core.plan;

import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.diagnosis.Finding;
import java.util.List;
import org.junit.jupiter.api.Test;

class MistakesTest {

    @Test
    void tasksThatNeedEachOtherAreNamed() {
        assertThat(Mistakes.in(spec(task("a", List.of("b"), List.of()), task("b", List.of("a"), List.of()))))
                .hasValue(new Finding(
                        "TasksNeedEachOther",
                        "spec.tasks need each other in a circle: a needs b needs a; remove one of these needs"));
    }

    @Test
    void aPlaceholderWithoutAValueIsNamed() {
        assertThat(Mistakes.in(spec(task("t", "env: {A: '{matrix.db}'}"))))
                .hasValue(new Finding(
                        "InvalidTasks", "spec.tasks: task t uses {matrix.db}, which no leg of its matrix has"));
    }

    @Test
    void aPatternThatMatchesNothingIsNamed() {
        assertThat(Mistakes.in(spec(task("t", "inputs: ['a[']"))))
                .hasValueSatisfying(mistake -> assertThat(mistake)
                        .returns("InvalidPattern", Finding::reason)
                        .extracting(Finding::message)
                        .asString()
                        .startsWith("spec.tasks[t].inputs has the pattern a[, which is malformed"));
    }

    @Test
    void thereIsNoneInWhatCanRun() {
        assertThat(Mistakes.in(spec(task("a", List.of("b"), List.of()), task("b", "inputs: ['a[0-9]']"))))
                .isEmpty();
    }

    private static PipelineSpec spec(TaskSpec... tasks) {
        return pipeline(List.of(), List.of(tasks));
    }
}
