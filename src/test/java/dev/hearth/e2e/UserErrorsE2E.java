package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.condition;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Errors that BuildKit reports: what status says of each, and that deleting the run leaves nothing behind. */
class UserErrorsE2E {
    private static final String BUILD = "builds: [{name: tool, artifact: true}]";

    @Test
    void missingDockerfile() {
        build("dockerfile", Map.of("README", "nothing to build"), "DockerfileNotFound", "Dockerfile");
    }

    @Test
    void failingCompile() {
        build(
                "compile",
                Map.of("Dockerfile", "FROM busybox\nRUN echo tool.c:7: expected ';' && exit 3\n"),
                "BuildFailed",
                "tool.c:7: expected ';'");
    }

    @Test
    void missingBaseImage() {
        build(
                "base",
                Map.of("Dockerfile", "FROM registry.fixtures:5000/nosuch:1\n"),
                "BaseImageUnavailable",
                "registry.fixtures:5000/nosuch:1");
    }

    @Test
    void missingTarget() {
        try (var work = TestNamespace.open("target");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, "builds: [{name: tool, target: nosuch}]"));

            var failed = step(work.finishedRunOf(commit), "tool/linux/amd64");

            assertThat(failed.reason()).isEqualTo("TargetNotFound");
        }
    }

    private static void build(String purpose, Map<String, String> files, String reason, String text) {
        try (var work = TestNamespace.open(purpose);
                GitRepository repository = work.repository()) {
            var commit = repository.push("refs/heads/main", files);
            work.apply(MinimalPipeline.pipeline(repository, BUILD));

            var run = work.finishedRunOf(commit);

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(step(run, "tool/linux/amd64").reason()).isEqualTo(reason);
            assertThat(step(run, "tool/linux/amd64").message()).contains(text);
            assertThat(failure(run).message()).contains(text);
            leavesNothing(work, run);
        }
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

    private static Condition failure(PipelineRun run) {
        return condition(run, "Succeeded").orElseThrow();
    }
}
