package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus.State;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The sample, from its first run to a pull request. */
class HelloE2E {

    @Test
    void buildsTestsAndPushesOnceAndFindsEverythingCachedAfterwards() throws IOException {
        try (var work = TestNamespace.open("hello");
                var repository = work.repository().with(Path.of("manifests/samples/hello/source"))) {
            // Given
            var first = repository.push("refs/heads/main", Map.of());
            work.apply(sample(work, repository));

            // When: the branch is followed
            var firstRun = work.finishedRunOf(first);

            // Then
            assertThat(firstRun.getStatus().phase())
                    .as("%s", firstRun.getStatus())
                    .isEqualTo(Phase.Succeeded);
            assertThat(firstRun.getStatus().commit()).isEqualTo(first);
            assertThat(executed(firstRun, "image/linux/amd64")).isPositive();
            assertThat(firstRun.getStatus().steps())
                    .allSatisfy(step -> assertThat(step.state()).isEqualTo(State.Succeeded));
            var index = step(firstRun, "image/index").digest();
            assertThat(index).startsWith("sha256:");

            // When: the same commit runs again
            var rerun = work.finished(work.start("hello", "refs/heads/main", first));

            // Then: nothing is executed and the image is the same
            assertThat(rerun.getStatus().phase()).as("%s", rerun.getStatus()).isEqualTo(Phase.Succeeded);
            assertThat(rerun.getStatus().steps())
                    .filteredOn(step -> step.executed() != null)
                    .isNotEmpty()
                    .allSatisfy(
                            step -> assertThat(step.executed()).as(step.name()).isZero());
            assertThat(step(rerun, "image/index").digest()).isEqualTo(index);

            // When: one source file changes
            var second = repository.push(
                    "refs/heads/main", Map.of("greeting.c", repository.read("greeting.c") + "/* changed */\n"));
            var secondRun = work.finishedRunOf(second);

            // Then: the layer with the dependencies stays, compile and what follows run
            assertThat(secondRun.getStatus().phase())
                    .as("%s", secondRun.getStatus())
                    .isEqualTo(Phase.Succeeded);
            assertThat(step(secondRun, "tests/linux/amd64").cached()).isPositive();
            assertThat(executed(secondRun, "tests/linux/amd64")).isPositive();

            // When: a pull request is opened
            var proposed = repository.push(
                    "refs/pull/7/head", Map.of("greeting.c", repository.read("greeting.c") + "/* pr */\n"));
            var proposedRun = work.finishedRunOf(proposed);

            // Then: it is built and tested, and nothing of it is pushed
            assertThat(proposedRun.getStatus().phase())
                    .as("%s", proposedRun.getStatus())
                    .isEqualTo(Phase.Succeeded);
            assertThat(proposedRun.getStatus().steps())
                    .allSatisfy(step -> assertThat(step.digest()).isNull());
        }
    }

    private static int executed(PipelineRun run, String step) {
        return Objects.requireNonNull(step(run, step).executed());
    }

    private static String sample(TestNamespace work, GitRepository repository) throws IOException {
        return Files.readString(Path.of("manifests/samples/hello/pipeline.yaml"))
                .replace("git://git.fixtures/hello.git", repository.url())
                .replace("registry.fixtures:5000/hello", "registry.fixtures:5000/" + work.namespace());
    }
}
