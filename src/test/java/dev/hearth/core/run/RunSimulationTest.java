package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.core.Specs;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.PlanContext;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/**
 * Simulates runs in a cluster with random delays and losses, and an operator that sometimes crashes before it writes the
 * status or acts.
 */
@Tag("slow")
class RunSimulationTest {
    private static final RunFacts.Limits LIMITS = new RunFacts.Limits(4, 2);
    private static final PlanContext SCENE =
            new PlanContext(GitRef.of("refs/heads/main"), "0".repeat(40), "run", Map.of());

    @Property(tries = 400)
    void everyRunFinishesWithinItsLimits(@ForAll long seed) {
        var random = new Random(seed);
        new Simulation(random, spec(random)).play();
    }

    private static PipelineSpec spec(Random random) {
        return Serialization.unmarshal(
                """
                source: {url: "https://git.example/app.git"}
                infrastructureRetries: 2
                artifacts: %s
                builds:
                - {name: tests, artifact: true}
                - {name: image, push: {repository: registry.example/app, tags: [main]}}
                - {name: tool, artifact: true, platforms: [linux/amd64, linux/arm64]}
                tasks:
                - {name: after, image: i, command: [x], needs: [database, listed, image], artifacts: [database]}
                - {name: unit, image: i, command: [x], artifacts: [tests], retries: 2, continueOnError: %s}
                - name: database
                  image: i
                  command: [x]
                  artifacts: [tests, tool]
                  artifact: {path: /out}
                  matrix: {axes: {db: [a, b, c, d]}, failFast: %s, maxParallel: 2}
                  retries: 1
                  continueOnError: %s
                - name: listed
                  imageFrom: {build: image}
                  command: [x]
                  needs: [unit]
                  artifacts: [tests]
                  matrix: {from: {artifact: tests, file: list.json}, failFast: %s, maxParallel: 1}
                """.formatted(
                        random.nextBoolean() ? "{store: Volume}" : "{store: Registry, repository: registry.example/a}",
                        random.nextBoolean(),
                        random.nextBoolean(),
                        random.nextBoolean(),
                        random.nextBoolean()),
                PipelineSpec.class);
    }

    /** The simulation of one run. */
    private static final class Simulation {
        private final Random random;
        private final PipelineSpec spec;
        private final FakeCluster cluster;
        private final Instant deadline;
        private final Map<String, StepStatus> recorded = new HashMap<>();
        private final Map<String, List<Map<String, String>>> matrices = new HashMap<>();
        private final Set<String> ran = new HashSet<>();
        private boolean cancelled;

        Simulation(Random random, PipelineSpec spec) {
            this.random = random;
            this.spec = spec;
            this.cluster = new FakeCluster(random, Plan.of(spec, SCENE));
            this.deadline = cluster.now.plus(Duration.ofMinutes(20 + random.nextInt(200)));
        }

        void play() {
            for (int round = 0; round < 3000; round++) {
                cancelled |= random.nextInt(400) == 0;
                var decision = decide();
                // It acts once it has written, or not at all.
                if (random.nextInt(4) > 0) {
                    write(decision);
                    if (decision.finished()) {
                        stopsAllPods();
                        return;
                    }
                    if (random.nextInt(6) > 0) {
                        act(decision);
                    }
                }
                cluster.show();
                if (random.nextInt(3) > 0) {
                    cluster.advance();
                }
                if (random.nextInt(20) == 0) {
                    becomesIdle();
                }
            }
            throw new AssertionError("the run did not end: " + recorded.values());
        }

        private RunDecision decide() {
            var plan = plan();
            var attempts = recorded.values().stream().collect(Collectors.toMap(StepStatus::name, StepStatus::attempt));
            var decision = RunDecider.decide(RunFactsBuilder.builder()
                    .run(cluster.run)
                    .plan(plan)
                    .recorded(recorded)
                    .observed(cluster.observe(plan, attempts))
                    .volumes(plan.platforms().stream()
                            .collect(Collectors.toMap(Function.identity(), _ -> new VolumeState.Granted(Specs.CACHE))))
                    .unavailableTaskCaches(Map.of())
                    .volumeUids(Map.of("volume", "uid"))
                    .matrices(matrices)
                    .inputs(Map.of("tests", "hash", "tool", "hash", "database", "hash"))
                    .userNamespaces(Specs.USERS)
                    .takenPods(Map.of())
                    .alive(cluster.alive())
                    .limits(LIMITS)
                    .cancellation(RunStatusFactory.cancellation(
                            PipelineRunSpec.of("p", "refs/heads/main", null).withCancel(cancelled)))
                    .deadline(deadline)
                    .now(cluster.now)
                    .build());
            check(plan, decision);
            return decision;
        }

        private Plan plan() {
            return Plan.of(spec, new PlanContext(SCENE.ref(), SCENE.commit(), SCENE.run(), matrices));
        }

        private void check(Plan plan, RunDecision decision) {
            assertThat(decision.steps()).extracting(StepStatus::name).doesNotHaveDuplicates();
            for (StepStatus status : decision.steps()) {
                var known = recorded.get(status.name());
                if (known != null && known.state().isFinal()) {
                    assertThat(status).as("what has ended").isEqualTo(known);
                }
                int lost = status.infrastructureFailures() == null ? 0 : status.infrastructureFailures();
                assertThat(lost).as("losses of %s", status).isLessThanOrEqualTo(LIMITS.infrastructureRetries());
                assertThat(status.attempt() - 1 - lost)
                        .as("failures of %s", status)
                        .isLessThanOrEqualTo(retries(plan, status.name()));
                if (cancelled && known != null) {
                    assertThat(status.attempt())
                            .as("attempt of a cancelled run")
                            .isEqualTo(known.attempt());
                }
            }
            var now = decision.steps().stream().collect(Collectors.toMap(StepStatus::name, Function.identity()));
            for (Action action : decision.actions()) {
                if (action instanceof Action.StartTask start) {
                    assertThat(start.task().needs())
                            .allMatch(
                                    need -> Objects.requireNonNull(now.get(need))
                                            .passed(),
                                    "a need that is met");
                    assertThat(now.values().stream()
                                    .filter(status -> status.state() == State.Failed && failsFast(start.task()))
                                    .filter(status -> status.name()
                                            .startsWith(start.task().spec().name() + "["))
                                    .filter(status -> status.name().endsWith("]"))
                                    .toList())
                            .as("failed cells before %s", start)
                            .isEmpty();
                    assertThat(cancelled).isFalse();
                }
            }
            if (!decision.finished()) {
                assertThat(decision.nextCheck()).isPresent();
            }
        }

        private static boolean failsFast(Step.Task task) {
            var matrix = task.spec().matrix();
            return matrix != null && matrix.failFast();
        }

        private static int retries(Plan plan, String name) {
            return plan.steps().stream()
                    .filter(step -> step.name().equals(name))
                    .mapToInt(
                            step -> step instanceof Step.Task task ? task.spec().retries() : 0)
                    .sum();
        }

        private void write(RunDecision decision) {
            for (StepStatus status : decision.steps()) {
                recorded.put(status.name(), status);
                if (status.state() == State.Running && status.pod() != null) {
                    ran.add(status.pod() + " " + status.name());
                }
            }
            matrices.putAll(decision.matrices());
        }

        private void act(RunDecision decision) {
            for (Action action : decision.actions()) {
                assertThat(cluster.act(action)).as("steps that begin").noneMatch(ran::contains);
            }
            assertThat(cluster.running("hearth-run-task-"))
                    .as("pods of hearth-run-task-")
                    .isLessThanOrEqualTo(LIMITS.tasksAtOnce());
            assertThat(cluster.running("hearth-run-task-database-"))
                    .as("pods of hearth-run-task-database-")
                    .isLessThanOrEqualTo(2);
            assertThat(cluster.running("hearth-run-task-listed-"))
                    .as("pods of hearth-run-task-listed-")
                    .isLessThanOrEqualTo(1);
            assertThat(cluster.running("hearth-run-build-linux-amd64"))
                    .as("pods of hearth-run-build-linux-amd64")
                    .isLessThanOrEqualTo(1);
            assertThat(cluster.running("hearth-run-build-linux-arm64"))
                    .as("pods of hearth-run-build-linux-arm64")
                    .isLessThanOrEqualTo(1);
        }

        /** If nothing happens, decisions stop changing and demand no other decision at once. */
        private void becomesIdle() {
            for (int again = 0; again < 100; again++) {
                cluster.showAll();
                var decision = decide();
                write(decision);
                act(decision);
                if (decision.finished() || decision.nextCheck().orElseThrow().isAfter(cluster.now)) {
                    return;
                }
            }
            throw new AssertionError("decides for ever");
        }

        /** A finished run has no running pods. */
        private void stopsAllPods() {
            cluster.showAll();
            act(decide());
            assertThat(cluster.isEmpty()).isTrue();
        }
    }
}
