package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.core.plan.MatrixCell;
import dev.hearth.core.plan.Names;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the API server refuses is said where people look, and goes on once nothing is in the way. */
class RejectionsE2E {
    private static final String LEAVES_FILES = """
            builds: [{name: tool, artifact: true}]
            tasks: [{name: look, image: busybox, artifacts: [tool], artifact: {path: /out}, command: [touch, /out/a]}]
            """;

    @Test
    void quotaOfVolumesIsSaidByTheRunWhichGoesOnOnceItIsRaised() {
        try (var work = TestNamespace.open("claims");
                var repository = work.repository();
                var quota = work.quota("claims", "persistentvolumeclaims", 1)) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, LEAVES_FILES));

            stepShowsTheQuotaAndTheRunSucceedsOnceItIsRaised(quota, work, commit);
        }
    }

    @Test
    void quotaWithoutRoomForACacheIsSaidByItsScopeAndTheRun() {
        try (var work = TestNamespace.open("cache");
                var repository = work.repository();
                var quota = work.quota("claims", "persistentvolumeclaims", 0)) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, "builds: [{name: tool}]"));

            CacheFixture.scopeCondition(work, condition -> condition.reason().equals("QuotaExceeded"));
            stepShowsTheQuotaAndTheRunSucceedsOnceItIsRaised(quota, work, commit);
        }
    }

    private static void stepShowsTheQuotaAndTheRunSucceedsOnceItIsRaised(
            TestNamespace.Quota quota, TestNamespace work, String commit) {
        work.until(
                "the quota in a step",
                () -> steps(work)
                        .filter(step -> String.valueOf(step.message()).contains("exceeded quota: claims"))
                        .findFirst());
        quota.raise(10);

        assertThat(work.finishedRunOf(commit).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    /** Where admission does not reserve the names of pods: they follow from ref and commit. */
    @Test
    void podOfSomebodyElseWithTheNameOfAStepsPodIsNamedAndStays() {
        try (var work = TestNamespace.open("taken");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            try (var operator = HearthDeployment.operator(work.cluster())) {
                operator.resource(pod(work, commit)).create();
            }
            work.apply(pipeline(repository));

            var run = work.finishedRunOf(commit);

            assertThat(TestNamespace.step(run, "unit"))
                    .returns(Failure.Setup, StepStatus::failure)
                    .satisfies(step -> assertThat(step.message()).contains("Pod ", "does not own it"));
            assertThat(work.client().pods().inNamespace(work.namespace()).list().getItems())
                    .singleElement()
                    .satisfies(pod ->
                            assertThat(pod.getMetadata().getOwnerReferences()).isEmpty());
        }
    }

    private static String pipeline(GitRepository repository) {
        return MinimalPipeline.pipeline(repository, "tasks: [{name: unit, image: busybox, command: [\"true\"]}]");
    }

    private static Pod pod(TestNamespace work, String commit) {
        var run = Names.run("small", "refs/heads/main", commit);
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(work.namespace())
                .withName(Names.taskPod(run, "unit", MatrixCell.ONLY, 1))
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("theirs")
                .withImage("busybox")
                .withCommand("sleep", "600")
                .endContainer()
                .endSpec()
                .build();
    }

    private static Stream<StepStatus> steps(TestNamespace work) {
        return work.runs().stream()
                .map(PipelineRun::getStatus)
                .flatMap(status -> status == null ? Stream.empty() : status.steps().stream());
    }
}
