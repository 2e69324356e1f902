package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.StepStatusBuilder;
import dev.hearth.api.TestSummary;
import dev.hearth.api.TestSummaryBuilder;
import dev.hearth.api.Trust;
import dev.hearth.core.isolation.UserNamespaceUse;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.PlanContext;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.JsonSize;
import dev.hearth.core.validation.PipelineValidator;
import dev.hearth.core.validation.SpecSizeRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The largest status that a run can have, of the largest spec that one can start from. */
class RunStatusSizeTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123456789Z");
    private static final String LONG = "<".repeat(500);
    private static final String RUN = "r".repeat(60);
    private static final String DIGEST = "sha256:" + "0".repeat(64);

    /**
     * What the steps of a run can be like.
     *
     * @param reused whether the artifact of each task is that of another run, so that no two of them share a folder
     */
    private record Case(State state, boolean reused) {}

    private static final List<Case> CASES = List.of(
            new Case(State.Failed, false),
            new Case(State.Running, false),
            new Case(State.Succeeded, false),
            new Case(State.Succeeded, true));

    /** The default limit of etcd is 1.5 MiB. Metadata, managed fields, which do not grow with the steps, and the spec have 128 KiB. */
    private static final int LARGEST = 11 << 17;

    @Test
    void largestStatusOfTheLargestSpecFitsIntoEtcd() {
        // Given
        var spec = filled(largest(0));
        assertThat(PipelineValidator.in(spec)).isEmpty();
        var lists = IntStream.range(0, 4)
                .boxed()
                .collect(Collectors.toMap(at -> name("task", at), _ -> cells(64, 230), (one, _) -> one));
        assertThat(JsonSize.of(lists)).isBetween(MatrixSizeLimit.MAX_BYTES * 9 / 10, MatrixSizeLimit.MAX_BYTES);
        var plan = Plan.of(spec, new PlanContext(GitRef.of("refs/heads/main"), "0".repeat(40), RUN, Map.of()));
        assertThat(plan.steps().size()).isGreaterThan(1150);
        var begin = new RunStatusFactory.Begin(
                null,
                "0".repeat(40),
                Trust.Trusted,
                "1".repeat(64),
                Collections.nCopies(20, "refs/heads/" + "é".repeat(1000)),
                plan.steps().stream().limit(96).collect(Collectors.toMap(Step::name, _ -> "2".repeat(64))),
                "/v1alpha1/namespaces/" + "n".repeat(63) + "/runs/" + RUN,
                null);

        for (Case of : CASES) {
            var state = of.state();
            // When
            var begun = RunStatusFactory.beginning(PipelineRunStatus.EMPTY, spec, begin, 1, NOW);
            var steps = plan.steps().stream().map(step -> full(step, of)).toList();
            var refused =
                    new UserNamespaceUse.Refused(new StatusReason(Reason.UserNamespaceRequired, "é".repeat(2000)));
            var status = RunStatusFactory.of(
                    begun, new RunDecision(steps, List.of(), lists, List.of(refused), Optional.empty()), 1, NOW);

            // Then
            assertThat(bytes(status)).as("%s", of).isLessThan(LARGEST);
            assertThat(JsonSize.of(status)).isGreaterThanOrEqualTo(bytes(status));
            assertThat(places(status.stepsWithPlaces())).as("%s", of).isEqualTo(places(steps));
            assertThat(places(steps)).hasSize(state == State.Succeeded ? 512 : 0);
            assertThat(status.conditions()).hasSizeGreaterThanOrEqualTo(4);
            assertThat(status.steps().stream().map(StepStatus::state).distinct())
                    .containsExactly(state);
        }
    }

    @Test
    void rejectsASpecThatIsTooLarge() {
        var fits = filled(largest(0));
        var first = fits.tasks().getFirst();
        assertThat(JsonSize.of(fits)).isBetween(SpecSizeRule.MAX_BYTES - 100, SpecSizeRule.MAX_BYTES);

        var spec = with(fits, "<".repeat(first.command().getFirst().length() + 100));

        assertThat(PipelineValidator.in(spec)).hasValueSatisfying(why -> {
            assertThat(why.reason()).isEqualTo(Reason.SpecTooLarge);
            assertThat(why.message()).contains("spec takes 513 KiB", "the limit is 512 KiB", "split the pipeline");
        });
    }

    @Test
    void rejectsTooManyBuilds() {
        assertThat(PipelineValidator.in(largest(1))).hasValueSatisfying(why -> {
            assertThat(why.reason()).isEqualTo(Reason.TooManyBuilds);
            assertThat(why.message()).contains("320 steps", "256 at most");
        });
    }

    @Test
    void limitsAllComputedMatricesTogether() {
        var plan = Plan.of(largest(0), GitRef.of("refs/heads/main"));
        var room =
                new MatrixSizeLimit(new Plan(List.of()), Map.of("one", cells(64, 230)), Map.of("two", cells(64, 230)));

        assertThat(room.check("three", cells(64, 230))).isEmpty();
        assertThat(room.check("three", cells(192, 1)).map(StatusReason::message))
                .isEmpty();
        assertThat(room.check("three", cells(193, 1)).map(StatusReason::message))
                .hasValueSatisfying(why -> assertThat(why).contains("there are 257", "256 at most"));
        assertThat(room.check("three", cells(160, 250)).map(StatusReason::message))
                .hasValueSatisfying(why -> assertThat(why).contains("KiB as JSON", "the limit is 64 KiB"));
        assertThat(new MatrixSizeLimit(plan, Map.of(), Map.of()).check("more", cells(1, 1)))
                .isPresent();
    }

    /** 256 solves with 128 indexes, and 256 cells. The artifacts of all are uploaded. More variants would exceed the limit of solves. */
    private static PipelineSpec largest(int more) {
        var variants = IntStream.range(0, 4 + more)
                .mapToObj(at -> Map.of("name", name("variant", at)))
                .toList();
        var builds = IntStream.range(0, 32)
                .mapToObj(at -> Map.of(
                        "name", name("build", at),
                        "platforms", List.of("linux/amd64", "linux/arm64"),
                        "variants", variants,
                        "artifact", true,
                        "push", Map.of("repository", repository(), "refs", Map.of("branches", List.of("main")))))
                .toList();
        var tasks = IntStream.range(0, 64)
                .mapToObj(at -> Map.of(
                        "name", name("task", at),
                        "image", "busybox",
                        "command", List.of("true"),
                        "artifact", Map.of("path", "/out"),
                        "matrix", Map.of("axes", Map.of("axis", axis()))))
                .toList();
        return Serialization.unmarshal(
                Serialization.asJson(Map.of(
                        "source", Map.of("url", "https://git.example/a.git"),
                        "trust", Map.of("branches", List.of("main")),
                        "artifacts", Map.of("store", "Registry", "repository", repository()),
                        "builds", builds,
                        "tasks", tasks)),
                PipelineSpec.class);
    }

    private static List<String> axis() {
        return IntStream.range(0, 4).mapToObj(at -> "v".repeat(39) + at).toList();
    }

    /** Adds a command of escaped characters that makes the spec as large as the limit. */
    private static PipelineSpec filled(PipelineSpec spec) {
        return with(spec, "<".repeat((int) (SpecSizeRule.MAX_BYTES - JsonSize.of(spec)) / 6));
    }

    private static PipelineSpec with(PipelineSpec spec, String command) {
        var json = Serialization.asJson(spec);
        return Serialization.unmarshal(
                json.replaceFirst("\"command\":\\[\"[^\"]*\"", "\"command\":[\"" + command + "\""), PipelineSpec.class);
    }

    private static List<Map<String, String>> cells(int count, int length) {
        return IntStream.range(0, count)
                .mapToObj(at -> Map.of("value", String.format("%03d", at) + "x".repeat(length)))
                .toList();
    }

    /** Returns a status with all fields that a step of its kind can have. */
    private static StepStatus full(Step step, Case of) {
        var state = of.state();
        var texts = Collections.nCopies(3, LONG);
        var build = step instanceof Step.Build;
        var pushed = state == State.Succeeded && (build || step instanceof Step.Index);
        var keeps = state == State.Succeeded && (step.keepsFiles() || step instanceof Step.ArtifactUpload);
        return StepStatusBuilder.builder()
                .name(step.name())
                .state(state)
                .reason("ReasonOfThirtyTwoCharactersOrMore")
                .message(LONG)
                .pod("hearth-" + "p".repeat(56))
                .container(build ? "c".repeat(62) : null)
                .startedAt(NOW.toString())
                .finishedAt(NOW.toString())
                .exitCode(255)
                .digest(pushed ? DIGEST : null)
                .cached(build ? 10_000 : null)
                .executed(build ? 10_000 : null)
                .cacheFrom(LONG)
                .rebuilt(build && state.isFinal() ? texts : List.of())
                .failure(state == State.Failed ? Failure.Infrastructure : null)
                .attempts(10)
                .infrastructureFailures(10)
                .flaky(true)
                .ignored(true)
                .artifact(keeps ? files(step, of.reused()) : null)
                .tests(step instanceof Step.Task ? tests(texts) : null)
                .build();
    }

    /** Returns the artifact that a step has left, or that its upload has pushed. */
    private static ArtifactStatus files(Step step, boolean reused) {
        var upload = step instanceof Step.ArtifactUpload;
        var place = step instanceof Step.ArtifactUpload(Step of) ? place(of, reused) : place(step, reused);
        return place.in(ArtifactStatusBuilder.builder()
                .digest(DIGEST)
                .files(1_000_000_000L)
                .kib(1_000_000_000L)
                .image(upload ? repository() + "@" + DIGEST : null)
                .inputs("0".repeat(64))
                .reusedFrom(RUN)
                .build());
    }

    /**
     * Returns the place of an artifact: all of a platform's builds share a folder, and all tasks of a run.
     *
     * @param reused whether the artifact of a task is that of an earlier run
     */
    private static ArtifactLocation place(Step step, boolean reused) {
        var scope = Names.scope("p".repeat(40), "https://git.example/a.git", "refs/heads/main", Trust.Trusted);
        var uid = "0".repeat(36);
        return step instanceof Step.Build build
                ? ArtifactLocation.ofBuild("hearth-" + scope + "-" + Names.dashed(build.platform()), uid, DIGEST)
                : ArtifactLocation.ofTask(
                        Names.taskCacheVolume(scope, OperatingSystem.Linux),
                        uid,
                        reused ? "run of " + step.name() : RUN,
                        step.name());
    }

    private static List<ArtifactLocation> places(List<StepStatus> steps) {
        return steps.stream()
                .flatMap(step -> Stream.ofNullable(step.artifact()))
                .filter(artifact -> artifact.image() == null)
                .map(artifact -> new ArtifactLocation(
                        String.valueOf(artifact.claim()),
                        String.valueOf(artifact.claimUid()),
                        String.valueOf(artifact.path())))
                .toList();
    }

    private static TestSummary tests(List<String> texts) {
        return TestSummaryBuilder.builder()
                .passed(1_000_000_000)
                .failed(1_000_000_000)
                .skipped(1_000_000_000)
                .seconds(1e15)
                .failures(Collections.nCopies(3, new TestSummary.Failure(LONG, LONG, LONG, null, null)))
                .slowest(Collections.nCopies(3, new TestSummary.Slow(LONG, 1e15)))
                .flaky(texts)
                .problems(texts)
                .build();
    }

    private static String repository() {
        return "registry.example/" + "r".repeat(238);
    }

    private static String name(String what, int at) {
        return (what + "-" + at + "-" + "x".repeat(30)).substring(0, 30);
    }

    /** Returns the bytes as the API server writes them, which escapes more characters than Jackson. */
    private static int bytes(PipelineRunStatus status) {
        return Serialization.asJson(status).replaceAll("[<>&]", "\\\\u003c").getBytes(StandardCharsets.UTF_8).length;
    }
}
