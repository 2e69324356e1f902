package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.ArtifactsSpec;
import dev.hearth.api.BuildSpec;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.RunTrigger;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.StepStatusBuilder;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.TestSummary;
import dev.hearth.api.TestSummaryBuilder;
import dev.hearth.core.Specs;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.PlanContext;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which steps a run of a branch takes over from the run of a merge group at the same commit. */
class TakeOverDeciderTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final String COMMIT = "c".repeat(40);
    private static final String MAIN = "refs/heads/main";
    private static final String GROUP = "refs/heads/gh-readonly-queue/main/pr-7-c0ffee";
    private static final String CLAIM = Names.taskCacheVolume("group", OperatingSystem.Linux);
    private static final Map<String, String> KEPT = Map.of(CLAIM, "uid");
    private static final TestSummary TESTS = TestSummaryBuilder.builder()
            .passed(41)
            .failed(0)
            .skipped(1)
            .seconds(12.5)
            .build();
    private static final BuildSpec APP = Specs.build("app", null);

    @Test
    void stepIsTakenOverWithWhatItHasLeft() {
        var spec = Specs.pipeline(List.of(APP), List.of(task("unit", "artifacts: [app]\nartifact: {path: /out}")));
        var group = group(spec, Map.of(), it -> it.name().equals("unit") ? tested(it) : it);

        var takeOver = decider(spec, group).decide(KEPT, NOW).orElseThrow();

        assertThat(takeOver.from()).isEqualTo("group");
        assertThat(takeOver.uid()).isEqualTo("uid-of-group");
        assertThat(takeOver.steps())
                .singleElement()
                .satisfies(step -> assertThat(step)
                        .returns("unit", StepStatus::name)
                        .returns(State.Succeeded, StepStatus::state)
                        .returns("TakenOver", StepStatus::reason)
                        .returns(
                                "taken over from run group of the merge queue, which ran the same commit",
                                StepStatus::message)
                        .returns(TESTS, StepStatus::tests)
                        .returns(null, StepStatus::pod)
                        .returns(files("group"), StepStatus::artifact));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secrets: [{name: TOKEN, secretName: forge, key: token}]",
                "caches: [{path: /cache}]",
                "env: {WHERE: '{ref}'}",
                "command: [sh, -c, 'deploy {branch}']",
                "command: [sh, -c, 'echo {run}']",
                "command: [sh, -c, 'test $HEARTH_REF = main || exit 0']",
                "env: {NAME: $(HEARTH_RUN)}",
                "services: [{name: db, image: 'db:{branch}'}]",
                "needs: [app]",
                "artifacts: [app]"
            })
    void taskThatDependsOnMoreThanItsCommitRuns(String yaml) {
        var spec = Specs.pipeline(
                List.of(Specs.build("app", Specs.push("latest"))),
                List.of(task("special", yaml), task("after", "needs: [special]"), task("unit", "")));

        assertThat(taken(spec, Map.of())).containsExactly("unit");
    }

    @Test
    void buildsRunAndTasksOfThoseThatAreNotPushedDoNot() {
        var spec = Specs.pipeline(
                List.of(Specs.build("app", Specs.push("latest")), Specs.build("tests", null)),
                List.of(
                        task("unit", "artifacts: [tests]"),
                        task("lint", "needs: [tests]"),
                        task("smoke", "artifacts: [app, tests]")));

        assertThat(taken(spec, Map.of())).containsExactly("unit", "lint");
    }

    @Test
    void stepThatDidNotSucceedRunsWithAllThatNeedIt() {
        var spec = Specs.pipeline(
                List.of(),
                List.of(task("flaky", "continueOnError: true"), task("after", "needs: [flaky]"), task("unit", "")));
        var group = group(
                spec,
                Map.of(),
                it -> it.name().equals("flaky")
                        ? it.with().state(State.Failed).ignored(true).build()
                        : it);

        assertThat(names(decider(spec, group), Map.of())).containsExactly("unit");
    }

    @Test
    void artifactThatIsGoneIsMadeAgain() {
        var spec = Specs.pipeline(
                List.of(),
                List.of(task("pack", "artifact: {path: /out}"), task("check", "artifacts: [pack]"), task("unit", "")));
        var decider = decider(spec, group(spec, Map.of(), UnaryOperator.identity()));

        assertThat(decider.needsVolumes(NOW)).isTrue();
        assertThat(names(decider, KEPT)).containsExactly("pack", "check", "unit");
        assertThat(names(decider, Map.of())).containsExactly("unit");
        assertThat(names(decider, Map.of(CLAIM, "uid of a later one"))).containsExactly("unit");
    }

    @Test
    void artifactOfAnEarlierVersionIsMadeAgain() {
        var spec = Specs.pipeline(List.of(), List.of(task("pack", "artifact: {path: /out}")));
        for (var files : List.of(
                ArtifactStatusBuilder.builder().build(),
                ArtifactStatusBuilder.builder().claim(CLAIM).path("pack/1").build())) {
            var decider = decider(spec, group(spec, Map.of(), it -> it.withArtifact(files)));

            assertThat(decider.decide(KEPT, NOW)).isEmpty();
        }
    }

    @Test
    void artifactInARegistryIsTakenOverWithItsUpload() {
        var spec = Specs.pipeline(List.of(APP), List.of(task("pack", "artifact: {path: /out}\nartifacts: [app]")))
                .withArtifacts(new ArtifactsSpec(
                        ArtifactsSpec.Store.Registry, "registry.example/artifacts", null, null, true));
        var group = groupWithImage(spec);

        var decider = decider(spec, group);

        assertThat(decider.needsVolumes(NOW)).isFalse();
        for (var kept : List.of(KEPT, Map.<String, String>of())) {
            assertThat(decider.decide(kept, NOW).orElseThrow().steps())
                    .as("nobody needs the files on the volume")
                    .allSatisfy(step -> assertThat(step.artifact())
                            .isNotNull()
                            .returns("sha256:f11e5", ArtifactStatus::digest)
                            .returns(null, ArtifactStatus::claim)
                            .returns(null, ArtifactStatus::path))
                    .extracting(StepStatus::name)
                    .containsExactly("pack", "pack/artifact");
        }
    }

    @Test
    void filesThatHaveToBeUploadedAgainAreNeededOnTheirVolume() {
        var spec = Specs.pipeline(List.of(), List.of(task("pack", "artifact: {path: /out}")))
                .withArtifacts(new ArtifactsSpec(
                        ArtifactsSpec.Store.Registry, "registry.example/artifacts", null, null, true));
        var withoutImage = decider(spec, group(spec, Map.of(), UnaryOperator.identity()));

        assertThat(withoutImage.needsVolumes(NOW)).isTrue();
        assertThat(names(withoutImage, Map.of())).isEmpty();
    }

    /** A run of the merge group whose artifact is an image in a registry. */
    private static PipelineRun groupWithImage(PipelineSpec spec) {
        return group(
                spec,
                Map.of(),
                it -> it.name().endsWith("/artifact")
                        ? it.withArtifact(files(null).withImage("registry.example/artifacts@sha256:1"))
                        : it);
    }

    /** The other run ended a minute ago. Nothing but the status of the run keeps the image, and that is not written yet. */
    @ParameterizedTest
    @CsvSource({"0m, false", "11m, false", "12m, true"})
    void imageThatExpiresSoonIsMadeAgain(String keepFor, boolean isTakenOver) {
        var spec = Specs.pipeline(List.of(), List.of(task("pack", "artifact: {path: /out}"), task("unit", "")))
                .withArtifacts(new ArtifactsSpec(
                        ArtifactsSpec.Store.Registry, "registry.example/artifacts", null, keepFor, true));
        var group = groupWithImage(spec);

        assertThat(decider(spec, group).needsVolumes(NOW)).isEqualTo(!isTakenOver);
        assertThat(names(decider(spec, group), KEPT)).contains("pack");
        assertThat(names(decider(spec, group), KEPT).contains("pack/artifact")).isEqualTo(isTakenOver);
        assertThat(names(decider(spec, group), Map.of()).contains("pack")).isEqualTo(isTakenOver);
        assertThat(names(decider(spec, group), KEPT)).contains("unit");
    }

    @Test
    void computedMatrixIsTakenOverWithAllOfItsCells() {
        var spec = Specs.pipeline(
                List.of(APP),
                List.of(
                        task("cells", "artifacts: [app]\nmatrix: {from: {artifact: app, file: cells.json}}"),
                        task("unit", "")));
        var matrices = Map.of("cells", List.of(Map.of("db", "sqlite"), Map.of("db", "postgres")));

        var all = decider(spec, group(spec, matrices, UnaryOperator.identity()));
        assertThat(names(all, Map.of())).containsExactly("cells", "cells[db=sqlite]", "cells[db=postgres]", "unit");
        assertThat(all.decide(Map.of(), NOW).orElseThrow().matrices()).isEqualTo(matrices);

        var one = decider(
                spec,
                group(
                        spec,
                        matrices,
                        it -> it.name().equals("cells[db=sqlite]")
                                ? it.with().state(State.Failed).ignored(true).build()
                                : it));
        assertThat(names(one, Map.of())).containsExactly("unit");
        assertThat(one.decide(Map.of(), NOW).orElseThrow().matrices()).isEmpty();
    }

    @Test
    void nothingToTakeOverIsNoTakeOver() {
        var spec = Specs.pipeline(List.of(APP), List.of(task("unit", "env: {WHERE: '{ref}'}")));

        assertThat(decider(spec, group(spec, Map.of(), UnaryOperator.identity()))
                        .decide(Map.of(), NOW))
                .isEmpty();
    }

    /** What is taken over is complete: a step's needs are taken over as well, or are builds, which run. */
    @Property(tries = 300)
    void whatIsTakenOverNeedsNothingThatRunsButBuilds(@ForAll long seed) {
        var random = new Random(seed);
        var tasks = new ArrayList<TaskSpec>();
        IntStream.range(0, 1 + random.nextInt(12)).forEach(at -> tasks.add(task("t" + at, random(random, at))));
        var spec = Specs.pipeline(List.of(APP), tasks);
        var group = group(spec, Map.of(), it -> random.nextInt(8) == 0 ? it.withState(State.Failed) : it);

        var taken = names(decider(spec, group), random.nextBoolean() ? KEPT : Map.of());

        for (Step step : plan(spec, "own", MAIN, Map.of()).steps()) {
            if (taken.contains(step.name())) {
                assertThat(step).isInstanceOfSatisfying(Step.Task.class, task -> {
                    assertThat(task.spec().secrets()).isEmpty();
                    assertThat(task.spec().env()).isEmpty();
                });
                assertThat(step.needs()).allMatch(need -> taken.contains(need) || need.startsWith("app/"));
                assertThat(group.getStatus().steps())
                        .anyMatch(it -> it.name().equals(step.name()) && it.state() == State.Succeeded);
            }
        }
    }

    private static TaskSpec task(String name, String yaml) {
        var command = yaml.contains("command:") ? "" : "command: [\"true\"]\n";
        return Serialization.unmarshal("name: " + name + "\nimage: busybox\n" + command + yaml, TaskSpec.class);
    }

    /** A task that may need the tasks before it. */
    private static String random(Random random, int at) {
        var needs = IntStream.range(0, at)
                .filter(_ -> random.nextInt(4) == 0)
                .mapToObj(other -> "t" + other)
                .collect(Collectors.joining(", "));
        return "needs: [" + needs + "]\nartifacts: [" + (random.nextBoolean() ? "app" : "") + "]\n"
                + List.of(
                                "",
                                "artifact: {path: /out}",
                                "env: {A: '{ref}'}",
                                "secrets: [{name: A, secretName: b, key: c}]")
                        .get(random.nextInt(4))
                + "\n";
    }

    private static List<String> taken(PipelineSpec spec, Map<String, List<Map<String, String>>> matrices) {
        return names(decider(spec, group(spec, matrices, UnaryOperator.identity())), KEPT);
    }

    private static List<String> names(TakeOverDecider decider, Map<String, String> kept) {
        return decider.decide(kept, NOW).stream()
                .flatMap(takeOver -> takeOver.steps().stream())
                .map(StepStatus::name)
                .toList();
    }

    private static TakeOverDecider decider(PipelineSpec spec, PipelineRun group) {
        return new TakeOverDecider(new MergedRun.Successor(run("own", MAIN), spec, COMMIT, List.of(MAIN)), group);
    }

    private static StepStatus tested(StepStatus step) {
        return step.with()
                .tests(TESTS)
                .pod("hearth-group-task-unit")
                .container("task")
                .artifact(files(null))
                .build();
    }

    private static ArtifactStatus files(@Nullable String reusedFrom) {
        return ArtifactStatusBuilder.builder()
                .digest("sha256:f11e5")
                .claim(CLAIM)
                .claimUid("uid")
                .path("artifacts/run/unit")
                .reusedFrom(reusedFrom)
                .build();
    }

    /** Returns the run of the merge group, whose steps have all succeeded but for a change. */
    private static PipelineRun group(
            PipelineSpec spec, Map<String, List<Map<String, String>>> matrices, UnaryOperator<StepStatus> change) {
        var run = run("group", GROUP);
        run.setStatus(PipelineRunStatusBuilder.builder()
                .commit(COMMIT)
                .finishedAt(NOW.minusSeconds(60).toString())
                .matrices(matrices)
                .steps(plan(spec, "group", GROUP, matrices).steps().stream()
                        .map(step -> StepStatusBuilder.builder()
                                .name(step.name())
                                .state(State.Succeeded)
                                .artifact(step.keepsFiles() ? files(null) : null)
                                .build())
                        .map(change)
                        .toList())
                .build());
        return run;
    }

    private static Plan plan(
            PipelineSpec spec, String run, String ref, Map<String, List<Map<String, String>>> matrices) {
        return Plan.of(spec, new PlanContext(GitRef.of(ref), COMMIT, run, matrices));
    }

    private static PipelineRun run(String name, String ref) {
        var run = new PipelineRun();
        run.setMetadata(
                new ObjectMetaBuilder().withName(name).withUid("uid-of-" + name).build());
        run.setSpec(PipelineRunSpec.of("p", ref, COMMIT).withTrigger(RunTrigger.Ref));
        return run;
    }
}
