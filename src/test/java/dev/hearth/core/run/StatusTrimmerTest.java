package dev.hearth.core.run;

import static dev.hearth.core.Specs.build;
import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.StepStatusBuilder;
import dev.hearth.api.TestSummary;
import dev.hearth.api.TestSummaryBuilder;
import dev.hearth.api.Trust;
import dev.hearth.core.text.JsonSize;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatusTrimmerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final int LARGEST = 64 << 10;

    @Property(tries = 60)
    void statusOfTheLargestRunFits(@ForAll long seed) {
        var random = new Random(seed);
        var steps = IntStream.range(0, 256).mapToObj(cell -> step(cell, random)).toList();

        assertThat(bytes(status(steps))).isLessThan(LARGEST);
        assertThat(StatusTrimmer.trim(steps).steps())
                .extracting(StepStatus::state)
                .isEqualTo(steps.stream().map(StepStatus::state).toList());
    }

    /** What it takes out of the steps, the status has once. */
    @Property(tries = 60)
    void noArtifactLosesItsPlace(@ForAll long seed) {
        var random = new Random(seed);
        var steps = IntStream.range(0, 256)
                .mapToObj(cell -> step(cell, random))
                .map(step -> step.artifact() != null && random.nextInt(20) == 0
                        ? step.withArtifact(step.artifact()
                                .with()
                                .claimUid("uid of another")
                                .path("artifacts/" + text(random, 3))
                                .reusedFrom("another")
                                .build())
                        : step)
                .toList();

        var trimmed = status(steps);

        assertThat(trimmed.artifactFolder()).isNotNull();
        assertThat(places(trimmed.stepsWithPlaces())).isEqualTo(places(steps));
        var again = RunStatusFactory.of(
                trimmed,
                new RunDecision(trimmed.stepsWithPlaces(), List.of(), Map.of(), List.of(), Optional.empty()),
                1,
                NOW);
        assertThat(places(again.stepsWithPlaces())).isEqualTo(places(steps));
    }

    private static List<ArtifactStatus> places(List<StepStatus> steps) {
        return steps.stream()
                .flatMap(step -> Stream.ofNullable(step.artifact()))
                .map(artifact -> ArtifactStatusBuilder.builder()
                        .claim(artifact.claim())
                        .claimUid(artifact.claimUid())
                        .path(artifact.path())
                        .build())
                .toList();
    }

    @Property(tries = 100)
    void sizeIsNeverEstimatedTooSmall(@ForAll long seed) {
        var step = step(1, new Random(seed));

        assertThat(JsonSize.of(step))
                .isGreaterThanOrEqualTo(Serialization.asJson(step).getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void doesNotTrimASmallRun() {
        var steps = List.of(failed("first\n" + "x".repeat(4000)));

        assertThat(StatusTrimmer.trim(steps).steps()).isEqualTo(steps);
    }

    @Test
    void keepsTheEndOfMessagesOfFailedSteps() {
        var steps = IntStream.range(0, 100)
                .mapToObj(_ -> failed("x".repeat(3000) + "the end"))
                .toList();

        assertThat(StatusTrimmer.trim(steps).steps())
                .allSatisfy(step -> assertThat(step.message())
                        .startsWith("…")
                        .endsWith("the end")
                        .hasSizeLessThan(1500));
    }

    @Test
    void doesNotSplitSurrogatePairs() {
        for (int offset = 0; offset < 2; offset++) {
            var steps = java.util.Collections.nCopies(100, failed("😀".repeat(2500) + "x".repeat(offset)));

            assertThat(StatusTrimmer.trim(steps).steps())
                    .allSatisfy(step -> assertThat(step.message()).doesNotContainPattern("\\p{Cs}"));
        }
    }

    private static StepStatus step(int cell, Random random) {
        var state = random.nextInt(4) == 0 ? State.Failed : State.Succeeded;
        return StepStatusBuilder.builder()
                .name("database[db=" + text(random, 20) + "~" + cell + "]")
                .state(state)
                .reason(state == State.Failed ? "TaskFailed" : null)
                .message(text(random, 5000))
                .pod("hearth-run-task-database-" + "x".repeat(40))
                .startedAt(NOW.toString())
                .finishedAt(NOW.toString())
                .exitCode(state == State.Failed ? 1 : null)
                .failure(state == State.Failed ? Failure.Command : null)
                .attempts(2)
                .artifact(state == State.Succeeded ? files() : null)
                .tests(TestSummaryBuilder.builder()
                        .passed(100)
                        .failed(10)
                        .skipped(1)
                        .seconds(1.5)
                        .failures(List.of(new TestSummary.Failure(
                                text(random, 200), text(random, 200), text(random, 2000), text(random, 200), 1)))
                        .slowest(List.of(new TestSummary.Slow(text(random, 200), 1)))
                        .flaky(List.of(text(random, 200)))
                        .problems(List.of(text(random, 200)))
                        .build())
                .build();
    }

    private static ArtifactStatus files() {
        return ArtifactStatusBuilder.builder()
                .digest("sha256:" + "0".repeat(64))
                .files(10L)
                .kib(10L)
                .claim("hearth-app-0123456789abcdef0123-task-caches-linux")
                .claimUid("01234567-89ab-cdef-0123-456789abcdef")
                .path("artifacts/0123456789abcdef/0123456789abcdef")
                .inputs("k".repeat(32))
                .build();
    }

    private static StepStatus failed(@Nullable String message) {
        var failed = Serialization.unmarshal("name: unit\nstate: Failed\nreason: TaskFailed\n", StepStatus.class);
        return failed.withMessage(message);
    }

    /** Returns one to {@code most} equal characters: ASCII, control, or of two to four bytes. */
    private static String text(Random random, int most) {
        var alphabet = List.of("a", "\"", "\\", "\u0001", "é", "語", "😀");
        return alphabet.get(random.nextInt(alphabet.size())).repeat(1 + random.nextInt(most));
    }

    private static PipelineRunStatus status(List<StepStatus> steps) {
        var spec = pipeline(
                List.of(build("tests", null)),
                IntStream.range(0, 8)
                        .mapToObj(it -> task("task-" + it, "env: {A: '" + "x".repeat(200) + "'}"))
                        .toList());
        var begin = new RunStatusFactory.Begin(
                null, "0".repeat(40), Trust.Trusted, null, List.of(), Map.of(), "/results", null);
        var begun = RunStatusFactory.beginning(PipelineRunStatus.EMPTY, spec, begin, 1, NOW);
        return RunStatusFactory.of(
                begun, new RunDecision(steps, List.of(), Map.of(), List.of(), Optional.empty()), 1, NOW);
    }

    private static int bytes(PipelineRunStatus status) {
        return Serialization.asJson(status).getBytes(StandardCharsets.UTF_8).length;
    }
}
