package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.condition;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hearth.api.DockerfileFinding;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.testbed.TestNamespace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Errors and warnings that BuildKit reports: what status says of each, and that deleting the run leaves nothing behind. */
class UserErrorsE2E {

    @Test
    void eachErrorOfABuildHasItsReason() {
        try (var work = TestNamespace.open("errors");
                var repository = work.repository()) {
            var commit = repository.push(
                    "refs/heads/main",
                    Map.of(
                            "Dockerfile",
                            MinimalPipeline.DOCKERFILE,
                            "failing.Dockerfile",
                            "FROM busybox\nRUN echo tool.c:7: expected ';' && exit 3\n",
                            "untidy.Dockerfile",
                            "FROM busybox as tools\nCMD echo built\n",
                            "base.Dockerfile",
                            "FROM registry.fixtures:5000/nosuch:1\n"));
            work.apply(MinimalPipeline.pipeline(repository, """
                    builds:
                    - {name: missing, dockerfile: nosuch.Dockerfile}
                    - {name: failing, dockerfile: failing.Dockerfile, artifact: true}
                    - {name: untidy, dockerfile: untidy.Dockerfile}
                    - {name: base, dockerfile: base.Dockerfile}
                    - {name: target, target: nosuch}
                    """));

            var run = work.finishedRunOf(commit);

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(build(run, "missing"))
                    .returns("DockerfileNotFound", StepStatus::reason)
                    .satisfies(step -> assertThat(step.message()).contains("nosuch.Dockerfile"));
            assertThat(build(run, "failing"))
                    .returns("BuildFailed", StepStatus::reason)
                    .satisfies(step -> assertThat(step.message()).contains("tool.c:7: expected ';'"))
                    .satisfies(step -> assertThat(step.findings())
                            .containsExactly(new DockerfileFinding("failing.Dockerfile", 2, null, null)));
            assertThat(build(run, "untidy").findings())
                    .extracting(DockerfileFinding::rule, DockerfileFinding::line)
                    .containsExactlyInAnyOrder(tuple("FromAsCasing", 1), tuple("JSONArgsRecommended", 2));
            assertThat(build(run, "base"))
                    .returns("BaseImageUnavailable", StepStatus::reason)
                    .satisfies(step -> assertThat(step.message()).contains("registry.fixtures:5000/nosuch:1"));
            assertThat(build(run, "target").reason()).isEqualTo("TargetNotFound");
            assertThat(condition(run, "Succeeded").orElseThrow().message())
                    .contains("missing/linux/amd64", "nosuch.Dockerfile");
            leavesNothing(work, run);
        }
    }

    private static StepStatus build(PipelineRun run, String name) {
        return step(run, name + "/linux/amd64");
    }

    /** Of the run's own: the cache volume belongs to the ref and stays until the pipeline goes. */
    private static void leavesNothing(TestNamespace work, PipelineRun run) {
        work.client().resource(run).delete();
        work.until(
                "the run's children to go",
                () -> Optional.of(work.children())
                        .filter(left -> left.stream()
                                .noneMatch(child ->
                                        child.contains(run.getMetadata().getName()))));
        work.client().resources(Pipeline.class).inNamespace(work.namespace()).delete();
        work.until(
                "the pipeline's volumes to go",
                () -> Optional.of(work.children()).filter(List::isEmpty));
    }
}
