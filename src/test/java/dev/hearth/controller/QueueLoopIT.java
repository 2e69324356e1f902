package dev.hearth.controller;

import static dev.hearth.testbed.TestNamespace.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.controlplane.Changes;
import dev.hearth.controlplane.ScriptedNamespace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What takes turns: the runs of a pipeline, and the tasks of a run. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class QueueLoopIT {
    private static final int TAGS = 30;

    /** The default of runs.perPipeline. */
    private static final int ACTIVE_RUNS = 20;

    private static final int CELLS = 200;

    /** The default of tasksAtOnce. */
    private static final int PODS = 32;

    @Test
    void runsOfManyTagsTakeTurnsAndAllOfThemEnd() {
        try (var place = ScriptedNamespace.open("flood");
                var most = Most.of(
                        place.client().resources(PipelineRun.class).inNamespace(place.namespace()),
                        runs -> count(runs, QueueLoopIT::isActive))) {
            for (int tag = 0; tag < TAGS; tag++) {
                place.repository().git("update-ref", "refs/tags/t" + tag, place.commit());
            }
            place.pods().on("-unit").runs();
            place.pipeline("""
                    triggers: {poll: 5s, tags: ["t*"]}
                    trust: {tags: ["t*"]}
                    tasks: [{name: unit, image: busybox, command: ["true"]}]
                    """);

            var full = until(
                    place,
                    runs -> count(runs, QueueLoopIT::isActive) == ACTIVE_RUNS
                            && count(runs, QueueLoopIT::isQueued) == TAGS - ACTIVE_RUNS);
            var queued = full.stream().filter(QueueLoopIT::isQueued).toList();
            assertThat(queued).allSatisfy(run -> {
                assertThat(run.getStatus().phase()).isEqualTo(Phase.Pending);
                assertThat(run.getStatus().startedAt())
                        .as("the start of its time limit")
                        .isNull();
                assertThat(message(run))
                        .startsWith("waiting for one of the 20 active runs of pipeline p to finish: the limit is"
                                + " runs.perPipeline of the Helm chart's values; ");
            });
            place.work()
                    .until(
                            "the numbers of runs",
                            () -> pipelineStatus(place)
                                    .filter(status -> status.activeRuns() == ACTIVE_RUNS
                                            && status.waitingRuns() == TAGS - ACTIVE_RUNS));
            assertThat(queued)
                    .extracting(QueueLoopIT::bytes)
                    .allSatisfy(bytes ->
                            assertThat(bytes).as("bytes of a run that waits").isLessThan(4096));

            place.cancel(queued.getFirst());
            assertThat(place.finished(queued.getFirst()).getStatus())
                    .returns(Phase.Cancelled, PipelineRunStatus::phase)
                    .returns(null, PipelineRunStatus::startedAt);

            var deleted =
                    full.stream().filter(QueueLoopIT::isActive).findFirst().orElseThrow();
            place.client().resource(deleted).delete();
            until(
                    place,
                    runs -> runs.size() == TAGS - 1
                            && count(runs, QueueLoopIT::isActive) == ACTIVE_RUNS
                            && count(runs, QueueLoopIT::isQueued) == TAGS - 2 - ACTIVE_RUNS);

            place.pods().on("-unit").succeeds();
            var ended = until(
                    place, runs -> runs.stream().allMatch(run -> run.getStatus().finishedAt() != null));
            assertThat(ended).hasSize(TAGS - 1);
            assertThat(ended)
                    .filteredOn(run -> run.getStatus().phase() != Phase.Succeeded)
                    .hasSize(1);
            assertThat(most.seen()).as("active runs at a time").isEqualTo(ACTIVE_RUNS);
        }
    }

    @Test
    void runsOfAGroupTakeTurnsAndEachIsToldItsPlace() {
        try (var place = ScriptedNamespace.open("group");
                var most = Most.of(
                        place.client().resources(PipelineRun.class).inNamespace(place.namespace()),
                        runs -> count(runs, QueueLoopIT::isActive))) {
            for (int tag = 0; tag < 3; tag++) {
                place.repository().git("update-ref", "refs/tags/t" + tag, place.commit());
            }
            place.pods().on("-unit").runs();
            place.pipeline("""
                    triggers: {poll: 5s, tags: ["t*"]}
                    trust: {tags: ["t*"]}
                    concurrency: {groups: [{name: deploy, tags: ["t*"]}]}
                    tasks: [{name: unit, image: busybox, command: ["true"]}]
                    """);
            var limit = "waiting for the active run of group deploy of pipeline p to finish: the limit is"
                    + " spec.concurrency.groups of the pipeline; ";
            var first = limit + "no waiting run of the namespace comes before it";

            until(place, runs -> {
                var messages = runs.stream()
                        .filter(QueueLoopIT::isQueued)
                        .map(QueueLoopIT::message)
                        .sorted()
                        .toList();
                return messages.equals(
                        List.of(limit + "at most 2 waiting runs of the namespace come before it", first));
            });

            place.pods().on("-unit").succeeds();
            var ended = until(
                    place,
                    runs -> runs.size() == 3
                            && runs.stream().allMatch(run -> run.getStatus().finishedAt() != null));
            assertThat(ended)
                    .allSatisfy(run -> assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded));
            assertThat(most.seen()).as("active runs at a time").isEqualTo(1);
        }
    }

    @Test
    void cellsOfALargeMatrixTakeTurnsAndFitIntoTheStatus() {
        try (var place = ScriptedNamespace.open("large");
                var pods = Most.of(
                        place.client().pods().inNamespace(place.namespace()),
                        all -> count(all, QueueLoopIT::isUnfinishedCell));
                var bytes = Most.of(
                        place.client().resources(PipelineRun.class).inNamespace(place.namespace()),
                        runs -> runs.stream()
                                .mapToInt(QueueLoopIT::statusBytes)
                                .max()
                                .orElse(0))) {
            place.pipeline("""
                    builds: [{name: tool, artifact: true}]
                    tasks:
                    - name: unit
                      image: busybox
                      artifacts: [tool]
                      matrix: {from: {artifact: tool, file: cells.json}}
                      command: [echo, "{matrix.cell}"]
                    """);
            place.pods()
                    .on("-list-unit")
                    .logs(IntStream.rangeClosed(1, CELLS)
                            .mapToObj("{\"cell\": \"%d\"}"::formatted)
                            .collect(Collectors.joining(",", "[", "]")))
                    .succeeds();
            place.pods().on("-task-unit-").runs();

            var run = place.start();

            var full = place.work().until(run, it -> count(cells(it), step -> step.state() == State.Running) == PODS);
            assertThat(cells(full))
                    .hasSize(CELLS)
                    .filteredOn(step -> step.state() != State.Running)
                    .allSatisfy(step -> assertThat(step)
                            .returns(State.Pending, StepStatus::state)
                            .returns(
                                    "waiting for other tasks: the run has 32 pods of tasks, and may have no more at a time",
                                    StepStatus::message));

            place.pods().on("-task-unit-").succeeds();
            place.work().until(run, it -> count(cells(it), step -> step.state() == State.Succeeded) > CELLS / 2);
            var ended = place.finished(run);
            assertThat(ended.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(ended.getStatus().progress()).isEqualTo("202/202");
            assertThat(cells(ended))
                    .hasSize(CELLS)
                    .allSatisfy(step -> assertThat(step.state()).isEqualTo(State.Succeeded));
            assertThat(pods.seen()).as("pods at a time").isEqualTo(PODS);
            assertThat(bytes.seen()).as("bytes of the status").isBetween(1, (64 << 10) - 1);
        }
    }

    /** Watches all objects of a kind, and keeps the highest number that they ever had of something. */
    private record Most<T extends HasMetadata>(SharedIndexInformer<T> objects, AtomicInteger highest)
            implements AutoCloseable {

        static <T extends HasMetadata> Most<T> of(Informable<T> objects, ToIntFunction<List<T>> number) {
            var most = new Most<>(objects.runnableInformer(0), new AtomicInteger());
            most.objects.addEventHandler(new Changes<>(_ -> most.highest.accumulateAndGet(
                    number.applyAsInt(most.objects.getStore().list()), Math::max)));
            most.objects.run();
            return most;
        }

        int seen() {
            return highest.get();
        }

        @Override
        public void close() {
            objects.close();
        }
    }

    private static List<PipelineRun> until(ScriptedNamespace place, Predicate<List<PipelineRun>> condition) {
        return place.work()
                .until(
                        "runs that take turns",
                        () -> Optional.of(place.work().runs())
                                .filter(all -> all.stream().allMatch(run -> run.getStatus() != null))
                                .filter(condition));
    }

    private static boolean isActive(PipelineRun run) {
        var status = run.getStatus();
        return status != null && status.startedAt() != null && status.finishedAt() == null;
    }

    private static boolean isQueued(PipelineRun run) {
        return condition(run, "Succeeded")
                .filter(succeeded -> succeeded.reason().equals("ConcurrencyLimited"))
                .isPresent();
    }

    private static String message(PipelineRun run) {
        return condition(run, "Succeeded").orElseThrow().message();
    }

    private static Optional<PipelineStatus> pipelineStatus(ScriptedNamespace place) {
        return Optional.ofNullable(place.client()
                .resources(Pipeline.class)
                .inNamespace(place.namespace())
                .withName("p")
                .get()
                .getStatus());
    }

    private static int bytes(PipelineRun run) {
        return Serialization.asJson(run).getBytes(StandardCharsets.UTF_8).length;
    }

    private static boolean isUnfinishedCell(Pod pod) {
        return pod.getMetadata().getName().contains("-task-unit-")
                && !"Succeeded".equals(pod.getStatus().getPhase());
    }

    private static List<StepStatus> cells(PipelineRun run) {
        return run.getStatus().steps().stream()
                .filter(step -> step.name().startsWith("unit["))
                .toList();
    }

    private static int statusBytes(PipelineRun run) {
        return run.getStatus() == null
                ? 0
                : Serialization.asJson(run.getStatus()).getBytes(StandardCharsets.UTF_8).length;
    }

    private static <T> int count(List<T> all, Predicate<T> which) {
        return Math.toIntExact(all.stream().filter(which).count());
    }
}
