package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.DefinitionStatus;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.TestSummary;
import dev.hearth.api.TestSummaryBuilder;
import dev.hearth.api.Trust;
import dev.hearth.api.UserNamespaceMode;
import dev.hearth.core.Specs;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.isolation.UserNamespaceDecider;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.PlanContext;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.validation.PipelineValidator;
import dev.hearth.testbed.GoldenFiles;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What the status of a run says, from its turn to each way to end, as it follows from what the cluster shows. */
class RunStatusGoldenTest {
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant STARTED = START.plusSeconds(20);
    private static final Instant ENDED = START.plusSeconds(80);
    private static final Instant NOW = START.plusSeconds(90);
    private static final String COMMIT = "c0ffee" + "0".repeat(34);

    private static final String TESTS = "tests/linux/amd64";
    private static final String AMD64 = "image/linux/amd64";
    private static final String ARM64 = "image/linux/arm64";
    private static final String INDEX = "image/index";

    private static final PipelineSpec SPEC = spec();
    private static final Look RETRY = new Look(with("unit", failed(Failure.Command, "2 of 42 tests failed"), "deploy"));

    @TestFactory
    Stream<DynamicTest> statusesOfRuns() {
        var statuses = new TreeMap<>(beforeItsSteps());
        statuses.putAll(underWay());
        statuses.putAll(over());
        statuses.putAll(withTrouble());
        return GoldenFiles.tests("run-statuses", statuses);
    }

    private static Map<String, PipelineRunStatus> beforeItsSteps() {
        var run = new RunQueue.Entry("app", "app-2", RunPriority.TRUSTED, START, false, List.of());
        var queue = new RunQueue(
                "ci",
                new RunQueue.Limits(1, 40, 1, 20),
                List.of(new RunQueue.Entry("app", "app-1", RunPriority.TRUSTED, START, true, List.of()), run),
                START);
        var turn = queue.wait(run).orElseThrow();
        var looking = new StatusReason(Reason.ResolvingCommit, "looking up the commit");
        var missing = new StatusReason(Reason.RefNotFound, "the repository has no ref refs/heads/main");
        var empty = PipelineRunStatus.EMPTY;
        return Map.of(
                "waiting-for-its-turn", RunStatusFactory.waiting(empty, turn, 1, START),
                "resolving", RunStatusFactory.resolving(empty, looking, 1, START),
                "refused",
                        RunStatusFactory.refused(
                                RunStatusFactory.resolving(empty, looking, 1, START), missing, null, 1, NOW),
                "cancelled-before-its-steps",
                        RunStatusFactory.cancelled(
                                RunStatusFactory.resolving(empty, looking, 1, START),
                                new StatusReason(Reason.Cancelled, "spec.cancel of the run was set"),
                                2,
                                NOW),
                "started", started());
    }

    private static Map<String, PipelineRunStatus> underWay() {
        var running = Map.of(
                TESTS,
                running(),
                AMD64,
                running(),
                ARM64,
                Observation.Waiting.patiently(Reason.Unschedulable, "0/3 nodes are available: 3 Insufficient memory"),
                "lint",
                lint());
        var failed = Map.of(TESTS, running(), AMD64, failed(Failure.Command, "RUN make failed"));
        return Map.of(
                "pending", after(new Look(Map.of())),
                "running", after(new Look(running)),
                "build-failed-and-others-run", after(new Look(failed)),
                "retrying-after-a-failure", after(RETRY),
                "retrying-after-an-eviction", after(new Look(Map.of(TESTS, evicted()))));
    }

    private static Map<String, PipelineRunStatus> over() {
        var reused = ArtifactStatusBuilder.builder()
                .digest("sha256:f11e5")
                .files(3L)
                .kib(120L)
                .claim("hearth-app-0-artifacts")
                .path("tests")
                .inputs("inputs")
                .reusedFrom("app-0")
                .build();
        var tests = failed(Failure.Command, "#9 ERROR: process \"make\" exit code: 2");
        var lint = failed(Failure.Command, "3 problems");
        var memory = failed(Failure.OutOfMemory, "the command used more than its limit, 4Gi");
        var running = new Look(Map.of(TESTS, running(), AMD64, running(), ARM64, running(), "lint", lint()));
        return Map.of(
                "succeeded", after(new Look(allDone())),
                "succeeded-after-a-failure", after(RETRY, new Look(allDone())),
                "succeeded-with-reused-files", after(new Look(with(TESTS, new Observation.Reusable(reused, true)))),
                "succeeded-with-a-tolerated-failure", after(new Look(with("lint", lint))),
                "failed", after(new Look(with(TESTS, tests, "unit", "deploy"))),
                "failed-for-lack-of-memory", after(new Look(with("deploy", memory))),
                "succeeded-with-steps-of-the-merge-queue", afterMerge(),
                "timed-out", after(running, running.at(START.plus(Duration.ofMinutes(90)))),
                "cancelled", after(running, running.cancelled()));
    }

    private static Map<String, PipelineRunStatus> withTrouble() {
        var full = new BuildResult(
                "sha256:a3d64",
                0,
                7,
                "Own: of run app-0",
                new StatusReason(Reason.VolumeFull, "the volume was full: what only older runs need was removed"),
                List.of());
        var regressed = BuildResultBuilder.builder()
                .digest("sha256:a3d64")
                .cached(6)
                .executed(1)
                .cacheFrom("Own: of run app-0")
                .rebuilt(List.of("[build 3/4] RUN make", "[build 4/4] RUN test"))
                .build();
        var impossible = new Result.Impossible(new StatusReason(Reason.PreflightFailed, "hostUsers was ignored"));
        var running = new Look(Map.of(TESTS, running()));
        return Map.of(
                "cache-degraded", after(new Look(with(AMD64, built(full)))),
                "cache-regression", after(new Look(with(AMD64, built(regressed)))),
                "user-namespace-impossible", after(running.with(impossible, UserNamespaceMode.Auto)),
                "user-namespace-refused", after(running.with(impossible, UserNamespaceMode.Always)));
    }

    /** The status of a run that has started, after looks at its steps. */
    private static PipelineRunStatus after(Look... looks) {
        var status = started();
        for (Look look : looks) {
            status = RunStatusFactory.of(status, RunDecider.decide(facts(status, look)), 1, look.now());
        }
        return status;
    }

    /** What is seen of a run's steps, and what decides besides. */
    private record Look(Map<String, Observation> observed, UserNamespaceDecider users, boolean cancel, Instant now) {
        Look(Map<String, Observation> observed) {
            this(observed, Specs.USERS, false, NOW);
        }

        Look with(Result preflight, UserNamespaceMode rule) {
            return new Look(observed, new UserNamespaceDecider(rule, Optional.of(preflight), false), cancel, now);
        }

        Look cancelled() {
            return new Look(observed, users, true, now);
        }

        Look at(Instant other) {
            return new Look(observed, users, cancel, other);
        }
    }

    private static RunFacts facts(PipelineRunStatus before, Look look) {
        var plan = Plan.of(SPEC, new PlanContext(GitRef.of("refs/heads/main"), COMMIT, "app-1", Map.of()));
        assertThat(plan.steps())
                .extracting(Step::name)
                .containsAll(look.observed().keySet());
        return RunFactsBuilder.builder()
                .run("app-1")
                .plan(plan)
                .recorded(before.steps().stream().collect(Collectors.toMap(StepStatus::name, Function.identity())))
                .observed(look.observed())
                .volumes(Map.of())
                .unavailableTaskCaches(Map.of())
                .volumeUids(Map.of())
                .matrices(Map.of())
                .inputs(before.inputs())
                .userNamespaces(look.users())
                .takenPods(Map.of())
                .alive(Set.of())
                .limits(new RunFacts.Limits(32, 2))
                .cancellation(RunStatusFactory.cancellation(
                        PipelineRunSpec.of("p", "refs/heads/main", null).withCancel(look.cancel())))
                .deadline(START.plus(Duration.ofMinutes(90)))
                .now(look.now())
                .build();
    }

    /** The status of a run of main that has taken over a task from the merge queue. */
    private static PipelineRunStatus afterMerge() {
        var done = after(new Look(allDone())).steps().stream()
                .filter(step -> step.name().equals("unit"))
                .map(step -> StepStatusFactory.takenOver(step, "app-0", null, START))
                .toList();
        var status = started(new TakeOver("app-0", "uid-of-app-0", done, Map.of()));
        var seen = new HashMap<>(allDone());
        seen.remove("unit");
        return RunStatusFactory.of(status, RunDecider.decide(facts(status, new Look(seen))), 1, NOW);
    }

    private static PipelineRunStatus started() {
        return started(null);
    }

    private static PipelineRunStatus started(@Nullable TakeOver takeOver) {
        var begin = new RunStatusFactory.Begin(
                new DefinitionStatus(".hearth/pipeline.yaml", COMMIT, null),
                COMMIT,
                Trust.Trusted,
                "hash-of-the-recipe",
                List.of("refs/heads/main"),
                Map.of("tests", "hash-of-the-inputs"),
                "/v1alpha1/namespaces/ci/runs/app-1",
                takeOver);
        return RunStatusFactory.beginning(PipelineRunStatus.EMPTY, SPEC, begin, 1, START);
    }

    private static Map<String, Observation> allDone() {
        var location = ArtifactLocation.ofBuild("hearth-app-main-linux-amd64", "uid-of-the-claim", "sha256:f11e5");
        var files = StepOutputs.NOTHING.withFiles(new StepOutputs.Files("sha256:f11e5", 3, 120).at(location));
        var tests = TestSummaryBuilder.builder()
                .passed(41)
                .failed(0)
                .skipped(1)
                .seconds(12.5)
                .slowest(List.of(new TestSummary.Slow("example.LongTest.takesTime", 9.5)))
                .flaky(List.of("example.FlakyTest.passesAtLast"))
                .build();
        var result = BuildResultBuilder.builder()
                .digest("sha256:a3d64")
                .cached(6)
                .executed(1)
                .cacheFrom("Own: of run app-0")
                .build();
        return Map.of(
                TESTS,
                new Observation.Done(STARTED, ENDED, Optional.of(result), files),
                AMD64,
                built(result),
                ARM64,
                built(result),
                INDEX,
                new Observation.Done(
                        STARTED, ENDED, Optional.of(BuildResult.pushed("sha256:1de4")), StepOutputs.NOTHING),
                "unit",
                new Observation.Done(STARTED, ENDED, Optional.empty(), StepOutputs.NOTHING.withTests(tests)),
                "lint",
                lint(),
                "deploy",
                new Observation.Done(STARTED, ENDED, Optional.empty(), StepOutputs.NOTHING));
    }

    /**
     * All done but one step.
     *
     * @param unseen steps that need it, which have no pods then
     */
    private static Map<String, Observation> with(String step, Observation seen, String... unseen) {
        var all = new HashMap<>(allDone());
        all.put(step, seen);
        all.keySet().removeAll(Set.of(unseen));
        return all;
    }

    private static Observation built(BuildResult result) {
        return new Observation.Done(STARTED, ENDED, Optional.of(result), StepOutputs.NOTHING);
    }

    private static Observation lint() {
        return new Observation.Done(
                STARTED, ENDED, Optional.empty(), StepOutputs.NOTHING.withNote("a report of 9 MiB was left out"));
    }

    private static Observation running() {
        return new Observation.Running(STARTED);
    }

    private static Observation failed(Failure fault, String log) {
        return new Observation.Broken(
                Optional.of(STARTED),
                ENDED,
                Optional.of(2),
                new StatusReason(Reason.Failed, log),
                fault,
                StepOutputs.NOTHING);
    }

    private static Observation evicted() {
        return new Observation.Broken(
                Optional.of(STARTED),
                ENDED,
                Optional.empty(),
                new StatusReason(Reason.Evicted, "the node was low on memory"),
                Failure.Infrastructure,
                StepOutputs.NOTHING);
    }

    private static PipelineSpec spec() {
        var spec = GoldenFiles.read(GoldenFiles.given("run-statuses").getFirst(), PipelineSpec.class);
        assertThat(PipelineValidator.in(spec)).isEmpty();
        return spec;
    }
}
