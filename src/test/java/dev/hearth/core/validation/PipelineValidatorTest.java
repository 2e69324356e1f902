package dev.hearth.core.validation;

import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelineValidatorTest {

    @Test
    void namesTheTasksOfACycle() {
        assertThat(PipelineValidator.in(spec(task("a", List.of("b"), List.of()), task("b", List.of("a"), List.of()))))
                .hasValue(new StatusReason(
                        Reason.DependencyCycle,
                        "spec.tasks has a dependency cycle: a needs b needs a; remove one of these dependencies"));
    }

    @Test
    void namesAPlaceholderWithoutAValue() {
        assertThat(PipelineValidator.in(spec(task("t", "env: {A: '{matrix.db}'}"))))
                .hasValue(new StatusReason(
                        Reason.InvalidTasks, "spec.tasks: task t uses {matrix.db}, which its matrix does not have"));
    }

    @Test
    void namesAMalformedPattern() {
        assertThat(PipelineValidator.in(spec(task("t", "inputs: ['a[']"))))
                .hasValueSatisfying(mistake -> assertThat(mistake)
                        .returns(Reason.InvalidPattern, StatusReason::reason)
                        .extracting(StatusReason::message)
                        .asString()
                        .startsWith("spec.tasks[t].inputs has the pattern a[, which is malformed"));
    }

    @Test
    void saysInWhichFieldAMistakeIs() {
        var cycle = spec(task("x", ""), task("a", List.of("b"), List.of()), task("b", List.of("a"), List.of()));
        assertThat(PipelineValidator.first(cycle)).get().returns("spec.tasks[1].needs", SpecMistake::field);
        assertThat(PipelineValidator.first(spec(task("x", ""), task("t", "env: {A: '{matrix.db}'}"))))
                .get()
                .returns("spec.tasks[1].env[A]", SpecMistake::field);
        assertThat(PipelineValidator.first(spec(task("t", "inputs: [b, 'a[']"))))
                .get()
                .returns("spec.tasks[0].inputs[1]", SpecMistake::field);
    }

    @Test
    void acceptsAValidPipeline() {
        assertThat(PipelineValidator.in(spec(task("a", List.of("b"), List.of()), task("b", "inputs: ['a[0-9]']"))))
                .isEmpty();
    }

    private static PipelineSpec spec(TaskSpec... tasks) {
        return pipeline(List.of(), List.of(tasks));
    }
}
