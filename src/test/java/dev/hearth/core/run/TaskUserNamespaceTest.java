package dev.hearth.core.run;

import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ConditionType;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.UserNamespaceMode;
import dev.hearth.core.Specs;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.isolation.UserNamespaceDecider;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Steps begin with the user namespace that was decided, and the run says so. */
class TaskUserNamespaceTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Result NO = new Result.Impossible(new StatusReason(Reason.CreationRejected, "not admitted"));

    @Test
    void startsATaskInAUserNamespaceAndReportsIt() {
        var decision = decide(Specs.USERS, "timeout: 5m");

        assertThat(started(decision)).containsExactly(true);
        assertThat(condition(decision)).contains("True");
    }

    @ParameterizedTest
    @EnumSource(
            value = UserNamespaceMode.class,
            names = {"Auto", "Always"})
    void startsNothingBeforeThePreflightResult(UserNamespaceMode rule) {
        var decision = decide(new UserNamespaceDecider(rule, Optional.empty(), false), "timeout: 5m");

        assertThat(decision.actions()).isEmpty();
        assertThat(decision.steps())
                .singleElement()
                .returns(State.Pending, StepStatus::state)
                .returns("CheckingUserNamespaces", StepStatus::reason);
        assertThat(condition(decision)).isEmpty();
    }

    @Test
    void startsWithoutAUserNamespaceIfItIsNotPossible() {
        var decision = decide(new UserNamespaceDecider(UserNamespaceMode.Auto, Optional.of(NO), false), "timeout: 5m");

        assertThat(started(decision)).containsExactly(false);
        assertThat(condition(decision)).contains("False");
    }

    @Test
    void failsATaskThatRequiresAUserNamespace() {
        var decision =
                decide(new UserNamespaceDecider(UserNamespaceMode.Always, Optional.of(NO), false), "timeout: 5m");

        assertThat(decision.actions()).isEmpty();
        assertThat(decision.steps())
                .singleElement()
                .returns(State.Failed, StepStatus::state)
                .returns(Failure.Setup, StepStatus::failure)
                .returns("UserNamespaceRequired", StepStatus::reason);
        assertThat(condition(decision)).contains("False");
    }

    @ParameterizedTest
    @EnumSource(UserNamespaceMode.class)
    void windowsTaskHasNoUserNamespaceAndDoesNotWait(UserNamespaceMode rule) {
        var decision = decide(new UserNamespaceDecider(rule, Optional.empty(), false), "os: Windows");

        assertThat(started(decision)).containsExactly(false);
        assertThat(condition(decision)).isEmpty();
    }

    @Test
    void waitingTaskDoesNotTakeASlot() {
        var decision = decide(
                new UserNamespaceDecider(UserNamespaceMode.Always, Optional.empty(), false),
                1,
                task("linux", "timeout: 5m"),
                task("windows", "os: Windows"));

        assertThat(decision.steps())
                .extracting(StepStatus::reason)
                .containsExactly("CheckingUserNamespaces", "Starting");
        assertThat(started(decision)).containsExactly(false);
    }

    private static RunDecision decide(UserNamespaceDecider users, String fields) {
        return decide(users, 32, task("unit", fields));
    }

    private static RunDecision decide(UserNamespaceDecider users, int atOnce, TaskSpec... tasks) {
        return RunDecider.decide(RunFactsBuilder.builder()
                .run("run")
                .plan(Plan.of(pipeline(List.of(), List.of(tasks)), GitRef.of("refs/heads/main")))
                .recorded(Map.of())
                .observed(Map.of())
                .volumes(Map.of())
                .unavailableTaskCaches(Map.of())
                .volumeUids(Map.of())
                .matrices(Map.of())
                .inputs(Map.of())
                .userNamespaces(users)
                .takenPods(Map.of())
                .alive(Set.of())
                .limits(new RunFacts.Limits(atOnce, 2))
                .cancellation(Optional.empty())
                .deadline(NOW.plusSeconds(5000))
                .now(NOW)
                .build());
    }

    private static List<Boolean> started(RunDecision decision) {
        return decision.actions().stream()
                .map(action -> ((Action.StartTask) action).userNamespace())
                .toList();
    }

    private static Optional<String> condition(RunDecision decision) {
        var status = RunStatusFactory.of(PipelineRunStatus.EMPTY, decision, 1, NOW);
        return ConditionFactory.find(status.conditions(), ConditionType.UserNamespaces)
                .map(condition -> condition.status());
    }
}
