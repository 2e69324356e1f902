package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TestSummary;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The databases sample: one compile, and everything else uses what it left. */
@Order(2) // takes long
class DatabasesE2E {
    private static final Path SAMPLE = Path.of("manifests/samples/databases");

    @Test
    void compilesOnceAndTestsEverywhere() throws IOException {
        try (var work = TestNamespace.open("databases");
                var repository = work.repository().with(SAMPLE.resolve("source"))) {
            // Given
            var commit = repository.push("refs/heads/main", Map.of());
            work.apply(pipeline(repository));

            // When
            var run = CacheFixture.succeeded(work.finishedRunOf(commit));

            // Then: one build, which left its files
            assertThat(run.getStatus().steps())
                    .filteredOn(step -> step.executed() != null)
                    .singleElement()
                    .satisfies(build -> assertThat(build.name()).isEqualTo("tests/linux/amd64"));
            assertThat(Objects.requireNonNull(step(run, "tests/linux/amd64").artifact())
                            .digest())
                    .startsWith("sha256:");
            // and legs for databases that are listed, and for examples that it computed
            assertThat(names(run, "database"))
                    .containsExactlyInAnyOrder("database[db=sqlite]", "database[db=postgres]", "database[db=mariadb]");
            assertThat(names(run, "examples"))
                    .contains("examples", "examples[example=join]")
                    .hasSizeGreaterThan(3);
            assertThat(run.getStatus().steps())
                    .allSatisfy(step -> assertThat(step.state()).as("%s", step).isEqualTo(State.Succeeded));
            // whose reports are summed up
            assertThat(List.of("database[db=sqlite]", "database[db=postgres]", "database[db=mariadb]", "browser"))
                    .allSatisfy(name -> assertThat(step(run, name).tests())
                            .as(name)
                            .satisfies(tests -> assertThat(tests.passed()).isGreaterThan(1))
                            .returns(0, TestSummary::failed));

            // When a pull request changes nothing that is compiled
            var proposed = CacheFixture.succeeded(
                    work.finishedRunOf(repository.push("refs/pull/7/head", Map.of("README.md", "changed"))));

            // Then nothing is compiled, and everything tested
            var reused = step(proposed, "tests/linux/amd64");
            assertThat(reused.message())
                    .isEqualTo("reused from run " + run.getMetadata().getName());
            assertThat(Objects.requireNonNull(reused.artifact()).digest())
                    .isEqualTo(Objects.requireNonNull(
                                    step(run, "tests/linux/amd64").artifact())
                            .digest());
            assertThat(names(proposed, "database")).hasSize(3);
        }
    }

    private static List<String> names(PipelineRun run, String task) {
        return run.getStatus().steps().stream()
                .map(StepStatus::name)
                .filter(name -> name.equals(task) || name.startsWith(task + "["))
                .toList();
    }

    private static String pipeline(GitRepository repository) throws IOException {
        return Files.readString(SAMPLE.resolve("pipeline.yaml"))
                .replace("git://git.fixtures/databases.git", repository.url());
    }
}
