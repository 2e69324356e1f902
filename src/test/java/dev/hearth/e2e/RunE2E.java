package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.testbed.TestNamespace;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** How a run goes: platforms, order, limits, cancellation, sharing a cache, an operator that dies. */
class RunE2E {
    private static final String SLOW_TASK = "tasks: [{name: slow, image: busybox, command: [sleep, '600']%s}]";

    @Test
    void emulatesOtherPlatformsAndKeepsExecutableBits() {
        var rest = """
                builds: [{name: tool, artifact: true, platforms: [linux/amd64, linux/arm64, linux/arm/v7]}]
                tasks:
                - name: look
                  image: busybox
                  artifacts: [tool]
                  command:
                  - sh
                  - -ec
                  - |
                    cd /artifacts/tool
                    test -x amd64/tool && test -x arm64/tool && test -x arm-v7/tool
                    cat amd64/machine arm64/machine arm-v7/machine
                    test "$(cat amd64/machine arm64/machine)" = "$(printf 'x86_64\\naarch64')"
                    grep -q '^armv' arm-v7/machine
                    ! touch /artifacts/tool/amd64/new
                """;
        try (var work = TestNamespace.open("platforms");
                var repository = work.repository()) {
            var commit = repository.push("refs/heads/main", Map.of("Dockerfile", """
                            FROM busybox AS made
                            RUN uname -m >/machine && echo '#!/bin/sh' >/tool && chmod 755 /tool
                            FROM scratch
                            COPY --from=made /machine /tool /
                            """));
            work.apply(MinimalPipeline.pipeline(repository, rest));

            var run = work.finishedRunOf(commit);

            assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
        }
    }

    @Test
    void stepThatTakesTooLongIsEnded() {
        try (var work = TestNamespace.open("timeout");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, SLOW_TASK.formatted(", timeout: 2s")));

            var run = work.finishedRunOf(commit);

            assertThat(step(run, "slow"))
                    .returns(State.Failed, StepStatus::state)
                    .returns("TimedOut", StepStatus::reason);
        }
    }

    @Test
    void runThatTakesTooLongIsEnded() {
        try (var work = TestNamespace.open("deadline");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, SLOW_TASK.formatted("") + "\ntimeout: 8s"));

            var run = work.finishedRunOf(commit);

            assertThat(step(run, "slow").state()).isEqualTo(State.Failed);
            assertThat(step(run, "slow").reason()).isIn("RunTimedOut", "TimedOut");
        }
    }

    @Test
    @ResourceLock(value = OperatorPod.LOCK, mode = ResourceAccessMode.READ) // whose log is read
    void cancelledRunStopsItsPods() {
        try (var work = TestNamespace.open("cancel");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, SLOW_TASK.formatted("")));
            var run = work.until(
                    "a running step",
                    () -> work.runs().stream()
                            .filter(it -> it.getStatus() != null)
                            .filter(it ->
                                    it.getStatus().steps().stream().anyMatch(step -> step.state() == State.Running))
                            .findFirst());

            work.client().resource(run).edit(it -> {
                it.setSpec(new PipelineRunSpec(
                        it.getSpec().pipeline(),
                        it.getSpec().ref(),
                        it.getSpec().commit(),
                        true));
                return it;
            });

            assertThat(work.finishedRunOf(commit).getStatus().phase()).isEqualTo(Phase.Cancelled);
            work.until(
                    "the pod to end",
                    () -> Optional.of(work.children())
                            .filter(left -> left.stream().noneMatch(child -> child.startsWith("Pod/"))));
            var name = work.namespace() + "/" + run.getMetadata().getName();
            OperatorPod.untilAudited(work, "RunStarted " + name + " by hearth");
            OperatorPod.untilAudited(work, "RunCancelled " + name);
        }
    }

    @Test
    void oneRunAtATimeHasTheVolumeOfARef() {
        var rest = "builds: [{name: tool}]";
        try (var work = TestNamespace.open("volume");
                var repository = work.repository()) {
            var commit = repository.push(
                    "refs/heads/main", Map.of("Dockerfile", "FROM busybox\nRUN sleep 8\nRUN date >/made\n"));
            work.apply(MinimalPipeline.pipeline(repository, rest));
            var first = work.until(
                    "a first run that builds",
                    () -> work.runs().stream()
                            .filter(it -> it.getStatus() != null)
                            .filter(it ->
                                    it.getStatus().steps().stream().anyMatch(step -> step.state() == State.Running))
                            .findFirst());

            var second = work.start("small", "refs/heads/main", commit);

            var waiting = work.until(
                    second,
                    it -> it.getStatus().steps().stream().anyMatch(step -> "VolumeInUse".equals(step.reason())));
            assertThat(step(waiting, "tool/linux/amd64").message())
                    .contains(first.getMetadata().getName());
            assertThat(work.finished(first).getStatus().phase()).isEqualTo(Phase.Succeeded);
            var rerun = work.finished(second);
            assertThat(rerun.getStatus().phase()).as("%s", rerun.getStatus()).isEqualTo(Phase.Succeeded);
            assertThat(step(rerun, "tool/linux/amd64").executed()).isZero();
        }
    }

    @Test
    @ResourceLock(OperatorPod.LOCK)
    void runGoesOnWhereTheOperatorDied() {
        var rest = """
                builds: [{name: tool, artifact: true}]
                tasks:
                - {name: first, image: busybox, artifacts: [tool], command: [sleep, '5']}
                - {name: second, image: busybox, needs: [first], command: [/bin/true]}
                """;
        try (var work = TestNamespace.open("restart");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, rest));
            work.until(
                    "a run that has begun",
                    () -> work.runs().stream()
                            .filter(it -> it.getStatus() != null
                                    && !it.getStatus().steps().isEmpty())
                            .findFirst());

            OperatorPod.kill(work);

            var run = work.finishedRunOf(commit);
            assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
            assertThat(work.runs())
                    .hasSize(1)
                    .allSatisfy(it -> assertThat(it.getMetadata().getName())
                            .isEqualTo(run.getMetadata().getName()));
        }
    }

    @Test
    void deletedRunIsNotStartedAgain() {
        try (var work = TestNamespace.open("deleted");
                var repository = work.repository()) {
            var first = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, "builds: [{name: tool}]"));
            PipelineRun run = work.finishedRunOf(first);
            work.client().resource(run).delete();

            // The next commit's run proves that the branch was looked at again meanwhile.
            var second = repository.push("refs/heads/main", Map.of("README", "changed"));
            work.finishedRunOf(second);

            assertThat(work.runs()).extracting(it -> it.getSpec().commit()).containsExactly(second);
        }
    }
}
