package dev.hearth.core.forge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ApprovalRequestBuilder;
import dev.hearth.api.Condition;
import dev.hearth.api.DefinitionStatus;
import dev.hearth.api.DockerfileFinding;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.StepStatusBuilder;
import dev.hearth.api.TestSummary;
import dev.hearth.api.TestSummaryBuilder;
import dev.hearth.core.forge.CheckDetails.Annotation;
import dev.hearth.core.forge.CheckDetails.Level;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RunDetailsTest {
    private static final String COMMIT = "a".repeat(40);

    @Test
    void stepsAreATable() {
        var build = step("image/linux-amd64", State.Succeeded)
                .withStartedAt("2026-11-29T12:00:00Z")
                .withFinishedAt("2026-11-29T12:04:07Z")
                .withCached(23)
                .withExecuted(2);
        var unit = step("unit", State.Failed)
                .withFailure(Failure.Command)
                .withMessage("password is hunter2")
                .withTests(tests(1, List.of()));
        var lint = step("lint", State.Succeeded).withReason("TakenOver");
        assertThat(of(Phase.Failed, List.of(build, lint, unit)).summary()).isEqualTo("""
                | step | state | time | build steps cached | tests |
                |---|---|---|---|---|
                | `image/linux-amd64` | Succeeded | 4m7s | 23 of 25 |  |
                | `lint` | Succeeded, taken over |  |  |  |
                | `unit` | Failed, Command |  |  | 9 passed, 1 failed |

                0 of 1 failed tests are shown at their lines: the first of each step whose report names the file and the \
                line.""");
    }

    /** Values of a matrix can come from a file of an untrusted repository. */
    @Test
    void namesAreCodeInWhichNothingIsMarkup() {
        assertThat(of(Phase.Running, List.of(step("a`|\\[x=@team]\n<b>", State.Running)))
                        .summary())
                .contains("| `a___[x=@team] <b>` | Running |");
    }

    @Test
    void summaryOfManyStepsIsLimited() {
        var steps = IntStream.range(0, 1000)
                .mapToObj(i -> step("x".repeat(200) + i, State.Succeeded))
                .toList();
        assertThat(of(Phase.Succeeded, steps).summary())
                .hasSizeLessThanOrEqualTo(CheckDetails.SUMMARY_LENGTH)
                .endsWith("900 more steps are not listed.");
    }

    @Test
    void failedTestsAreAnnotatedAtTheirLinesOnceEach() {
        var failure = new TestSummary.Failure("tests.test_a", "expected 2", "assert 1 == 2", "tests/test_a.py", 12);
        var steps = List.of(
                step("unit[py=3.13]", State.Failed).withTests(tests(2, List.of(failure, failure))),
                step("unit[py=3.14]", State.Failed).withTests(tests(1, List.of(failure))),
                step("nightly", State.Failed)
                        .withIgnored(true)
                        .withTests(tests(1, List.of(new TestSummary.Failure("b", null, null, "b.py", 1)))));
        assertThat(of(Phase.Failed, steps).annotations())
                .containsExactly(
                        new Annotation(
                                "tests/test_a.py", 12, Level.Failure, "tests.test_a", "expected 2\n\nassert 1 == 2"),
                        new Annotation("b.py", 1, Level.Warning, "b", "The test failed."));
    }

    /** GitHub never removes an annotation, and the step may be repeated. */
    @Test
    void annotationsWaitForTheEndOfTheRun() {
        var failure = new TestSummary.Failure("a", "m", null, "a.py", 1);
        var unit = step("unit", State.Running).withTests(tests(1, List.of(failure)));
        var details = of(Phase.Running, List.of(unit, step("lint", State.Running)));
        assertThat(details.annotations()).isEmpty();
        assertThat(details.summary()).doesNotContain("failed tests are shown");
        assertThat(of(Phase.Failed, List.of(unit)).annotations()).hasSize(1);
    }

    @Test
    void annotationsAreOfFilesOfTheRepositoryAndLimited() {
        var failures = IntStream.range(0, 150)
                .mapToObj(i -> new TestSummary.Failure("t" + i, "m", null, "a.py", i + 1))
                .toList();
        var outside = List.of(
                new TestSummary.Failure("a", "m", null, "/etc/passwd", 1),
                new TestSummary.Failure("b", "m", null, "../x", 1),
                new TestSummary.Failure("c", "m", null, "x/../../y", 1),
                new TestSummary.Failure("d", "m", null, "x", 0),
                new TestSummary.Failure("e", "m", null, null, 1));
        var details = of(
                Phase.Failed,
                List.of(
                        step("a", State.Failed).withTests(tests(5, outside)),
                        step("b", State.Failed).withTests(tests(150, failures))));
        assertThat(details.annotations())
                .hasSize(CheckDetails.MOST_ANNOTATIONS)
                .allMatch(it -> it.path().equals("a.py"));
        assertThat(details.summary()).contains("100 of 155 failed tests are shown at their lines");
    }

    @Test
    void runThatWaitsForAnApprovalHasAButtonIfItIsHeard() {
        var status = PipelineRunStatusBuilder.builder()
                .phase(Phase.Pending)
                .approval(ApprovalRequestBuilder.builder()
                        .author("bob")
                        .digest("d1")
                        .changedFiles(List.of("docker/Dockerfile"))
                        .build())
                .build();
        var details = RunDetails.of(COMMIT, status, true);
        assertThat(details.approvable()).isTrue();
        assertThat(details.subject()).isEqualTo("d1");
        assertThat(details.summary()).endsWith("build:\n\n- `docker/Dockerfile`");
        assertThat(RunDetails.of(COMMIT, status, false).approvable()).isFalse();
        assertThat(of(Phase.Pending, List.of())).returns(false, CheckDetails::approvable);
    }

    @Test
    void runWhoseFilesCouldNotBeComparedSaysSo() {
        var request = ApprovalRequestBuilder.builder().compared(false).build();
        var status = PipelineRunStatusBuilder.builder()
                .phase(Phase.Pending)
                .approval(request)
                .build();
        assertThat(RunDetails.of(COMMIT, status, true).summary()).endsWith("definition or Dockerfiles is not known.");
    }

    @Test
    void mistakeOfTheDefinitionIsShownAtItsLineOfItsCommit() {
        var status = PipelineRunStatusBuilder.builder()
                .phase(Phase.Failed)
                .definition(new DefinitionStatus(".hearth/pipeline.yaml", COMMIT, 12))
                .conditions(List.of(new Condition(
                        "Succeeded", "False", "DefinitionInvalid", "spec.tasks[0]", "2026-11-29T00:00:00Z", 1L)))
                .build();
        assertThat(RunDetails.of(COMMIT, status, false).annotations())
                .containsExactly(new CheckDetails.Annotation(
                        ".hearth/pipeline.yaml",
                        12,
                        CheckDetails.Level.Failure,
                        "The definition of the pipeline is invalid",
                        "spec.tasks[0]"));
        // The file is of the base, where it has another line 12
        assertThat(RunDetails.of("b".repeat(40), status, false).annotations()).isEmpty();
    }

    @Test
    void findingsOfADockerfileAreAnnotationsOnceForAllPlatforms() {
        var lint = new DockerfileFinding("docker/Dockerfile", 1, "FromAsCasing", "casing does not match");
        var failed = new DockerfileFinding("docker/Dockerfile", 7, null, null);
        var outside = new DockerfileFinding("../Dockerfile", 7, null, null);
        var steps = List.of(
                step("image/linux-amd64", State.Succeeded).withFindings(List.of(lint)),
                step("image/linux-arm64", State.Succeeded).withFindings(List.of(lint)),
                step("other/linux-amd64", State.Failed).withMessage("hunter2").withFindings(List.of(failed, outside)),
                step("other/linux-arm64", State.Failed).withFindings(List.of(failed)));
        assertThat(of(Phase.Failed, steps).annotations())
                .containsExactly(
                        new Annotation("docker/Dockerfile", 1, Level.Warning, "FromAsCasing", "casing does not match"),
                        new Annotation(
                                "docker/Dockerfile",
                                7,
                                Level.Failure,
                                "The build failed here",
                                "The build failed at this instruction."));
        assertThat(of(Phase.Failed, steps).summary()).doesNotContain("failed tests are shown");
        assertThat(of(Phase.Running, steps).annotations()).isEmpty();
    }

    @Test
    void findingsOfDockerfilesLeaveRoomForFailedTests() {
        var findings = IntStream.rangeClosed(1, 50)
                .mapToObj(line -> new DockerfileFinding("Dockerfile", line, "Rule", "text"))
                .toList();
        var failures = IntStream.rangeClosed(1, 99)
                .mapToObj(line -> new TestSummary.Failure("test" + line, "failed", null, "src/test.py", line))
                .toList();
        var details = of(
                Phase.Failed,
                List.of(
                        step("image", State.Succeeded).withFindings(findings),
                        step("unit", State.Failed).withTests(tests(99, failures))));
        assertThat(details.annotations())
                .hasSize(CheckDetails.MOST_ANNOTATIONS)
                .filteredOn(it -> it.path().equals("Dockerfile"))
                .hasSize(30);
        assertThat(details.summary()).contains("70 of 99 failed tests are shown");
    }

    private static CheckDetails of(Phase phase, List<StepStatus> steps) {
        PipelineRunStatus status =
                PipelineRunStatusBuilder.builder().phase(phase).steps(steps).build();
        return RunDetails.of(COMMIT, status, true);
    }

    private static StepStatus step(String name, State state) {
        return StepStatusBuilder.builder().name(name).state(state).build();
    }

    private static TestSummary tests(int failed, List<TestSummary.Failure> failures) {
        return TestSummaryBuilder.builder()
                .passed(9)
                .failed(failed)
                .skipped(0)
                .seconds(1)
                .failures(failures)
                .build();
    }
}
