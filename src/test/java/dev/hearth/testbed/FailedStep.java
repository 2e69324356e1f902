package dev.hearth.testbed;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;

/** A step that has failed as it should. */
public final class FailedStep {
    private FailedStep() {}

    public static StepStatus of(PipelineRun run, String name, String reason, Failure failure) {
        var step = step(run, name);
        assertThat(step)
                .as(name)
                .returns(State.Failed, StepStatus::state)
                .returns(reason, StepStatus::reason)
                .returns(failure, StepStatus::failure);
        return step;
    }
}
