package dev.hearth.core.run;

import static dev.hearth.core.Specs.build;
import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.Specs;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.PlanContext;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ComputedMatrixTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String TOOL = "tool/linux/amd64";
    private static final String OTHER = "other/linux/amd64";
    private static final String MATRIX = "matrix: {axes: {db: [a, b, c]}, maxParallel: 2, failFast: true}\n";

    @Test
    void startsNoMoreCellsThanMaxParallel() {
        var decision = decide(List.of(), List.of(task("t", MATRIX)), Map.of(), Map.of(), Map.of());

        assertThat(decision.actions()).hasSize(2);
        assertThat(step(decision, "t[db=c]").message()).contains("maxParallel is 2");
    }

    @Test
    void countsAPodThatTheWatchHasNotShownYet() {
        var tasks = List.of(task("t", "retries: 1\n" + MATRIX.replace("2", "1")));
        var before = recorded(decide(List.of(), tasks, Map.of(), Map.of("t[db=a]", broken()), Map.of()));

        assertThat(before.get("t[db=b]")).returns("Starting", StepStatus::reason);
        assertThat(decide(List.of(), tasks, before, Map.of(), Map.of()).actions())
                .singleElement()
                .isInstanceOfSatisfying(
                        Action.StartTask.class,
                        start -> assertThat(start.task().name()).isEqualTo("t[db=b]"));
    }

    @Test
    void failFastCancelsOtherCellsAndContinueOnErrorLetsTheRunSucceed() {
        var tasks = List.of(task("t", "continueOnError: true\n" + MATRIX), task("after", "needs: [t]"));
        var failed = decide(List.of(), tasks, Map.of(), Map.of("t[db=a]", broken(), "t[db=b]", running()), Map.of());

        assertThat(failed.actions()).isEmpty();
        assertThat(failed.steps())
                .extracting(StepStatus::state)
                .containsExactly(State.Failed, State.Cancelled, State.Cancelled, State.Pending);
        var after = decide(List.of(), tasks, recorded(failed), Map.of("after", done()), Map.of());
        assertThat(after.finished()).isTrue();
        assertThat(RunStatusFactory.of(PipelineRunStatus.EMPTY, after, 1, NOW).phase())
                .isEqualTo(PipelineRunStatus.Phase.Succeeded);
    }

    @Test
    void stepsWaitForTheCellsOfAComputedMatrix() {
        var builds = List.of(build("tool", null));
        var tasks = List.of(
                task("t", "artifacts: [tool]\nmatrix: {from: {artifact: tool, file: f}}"), task("after", "needs: [t]"));
        var listed = new Observation.Listed(NOW, List.of(Map.of("db", "a")));
        var first = decide(builds, tasks, Map.of(), Map.of(TOOL, done(), "t", listed), Map.of());

        assertThat(step(first, "t").state()).isEqualTo(State.Running);
        assertThat(first.matrices()).containsKey("t");
        assertThat(step(first, "after").state()).isEqualTo(State.Pending);

        var second = decide(builds, tasks, recorded(first), Map.of(), first.matrices());
        assertThat(step(second, "t").state()).isEqualTo(State.Succeeded);
        assertThat(second.actions()).singleElement().isInstanceOf(Action.StartTask.class);
        assertThat(step(second, "after").message()).isEqualTo("waiting for t[db=a]");
    }

    @Test
    void retriesAllBuildsOfALostPod() {
        var builds = List.of(build("tool", null), build("other", null));
        var began = recorded(decide(builds, List.of(), Map.of(), Map.of(TOOL, running(), OTHER, waiting()), Map.of()));

        var lost = decide(builds, List.of(), began, Map.of(), Map.of());

        assertThat(lost.actions()).isEmpty();
        assertThat(lost.steps()).extracting(StepStatus::attempts).containsExactly(2, 2);
        assertThat(decide(builds, List.of(), recorded(lost), Map.of(), Map.of()).actions())
                .singleElement()
                .isInstanceOfSatisfying(
                        Action.StartBuilds.class,
                        start -> assertThat(start.builds()).hasSize(2));
    }

    @Test
    void retriedBuildWaitsForThePodOfOtherBuilds() {
        var builds = List.of(build("tool", null), build("other", null));
        var lost = new Observation.Broken(
                Optional.of(NOW),
                NOW,
                Optional.of(1),
                new StatusReason(Reason.PodLost, ""),
                Failure.Infrastructure,
                StepOutputs.NOTHING);
        var retrying = recorded(decide(builds, List.of(), Map.of(), Map.of(TOOL, lost, OTHER, running()), Map.of()));

        var decision = decide(builds, List.of(), retrying, Map.of(OTHER, running()), Map.of());

        assertThat(decision.actions()).isEmpty();
        assertThat(step(decision, TOOL).reason()).isEqualTo("WaitingForBuilds");
    }

    @Test
    void reusedArtifactNeedsNoPod() {
        var files = ArtifactStatusBuilder.builder()
                .digest("sha256:f")
                .files(1L)
                .kib(1L)
                .claim("claim")
                .path("tool")
                .inputs("key")
                .reusedFrom("old")
                .build();
        var builds = List.of(build("tool", null));

        var shared = decide(builds, List.of(), Map.of(), Map.of(TOOL, new Observation.Reusable(files, true)), Map.of());

        assertThat(step(shared, TOOL))
                .returns(State.Succeeded, StepStatus::state)
                .returns(null, StepStatus::pod);
    }

    private static RunDecision decide(
            List<BuildSpec> builds,
            List<TaskSpec> tasks,
            Map<String, StepStatus> recorded,
            Map<String, Observation> observed,
            Map<String, List<Map<String, String>>> matrices) {
        var plan = Plan.of(
                pipeline(builds, tasks),
                new PlanContext(GitRef.of("refs/heads/main"), "0".repeat(40), "run", matrices));
        return RunDecider.decide(RunFactsBuilder.builder()
                .run("run")
                .plan(plan)
                .recorded(recorded)
                .observed(observed)
                .volumes(Map.of("linux/amd64", new VolumeState.Granted(Specs.CACHE)))
                .unavailableTaskCaches(Map.of())
                .volumeUids(Map.of("volume", "uid"))
                .matrices(matrices)
                .inputs(Map.of())
                .userNamespaces(Specs.USERS)
                .takenPods(Map.of())
                .alive(Set.of())
                .limits(new RunFacts.Limits(32, 2))
                .cancellation(Optional.empty())
                .deadline(NOW.plusSeconds(5000))
                .now(NOW)
                .build());
    }

    private static Map<String, StepStatus> recorded(RunDecision decision) {
        return decision.steps().stream().collect(Collectors.toMap(StepStatus::name, Function.identity()));
    }

    private static StepStatus step(RunDecision decision, String name) {
        return decision.steps().stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Observation running() {
        return new Observation.Running(NOW);
    }

    private static Observation waiting() {
        return Observation.Waiting.patiently(Reason.Starting, "its pod is starting");
    }

    private static Observation done() {
        return new Observation.Done(
                NOW,
                NOW,
                Optional.empty(),
                StepOutputs.NOTHING.withFiles(
                        new StepOutputs.Files("sha256:f", 1, 1, new ArtifactLocation("volume", "uid", "artifacts/f"))));
    }

    private static Observation broken() {
        return new Observation.Broken(
                Optional.of(NOW),
                NOW,
                Optional.of(1),
                new StatusReason(Reason.TaskFailed, "log"),
                Failure.Command,
                StepOutputs.NOTHING);
    }
}
