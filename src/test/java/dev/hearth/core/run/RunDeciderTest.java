package dev.hearth.core.run;

import static dev.hearth.core.Specs.build;
import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.push;
import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.core.Specs;
import dev.hearth.core.buildcache.CacheMountBuilder;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RunDeciderTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final PipelineSpec SPEC = pipeline(
            List.of(build("tests", null), build("image", push("main"))),
            List.of(task("unit", List.of(), List.of("tests")), task("late", List.of("unit", "image"), List.of())));
    private static final Plan PLAN = Plan.of(SPEC, GitRef.of("refs/heads/main"));
    private static final Map<String, VolumeState> GRANTED = Map.of("linux/amd64", new VolumeState.Granted(Specs.CACHE));

    private static final ScopeVolume.Warm WARM = new ScopeVolume.Warm("warm", "uid", NOW.toString(), null);

    private static final String BUILD_POD = "hearth-run-build-linux-amd64";
    private static final String TESTS = "tests/linux/amd64";
    private static final ArtifactStatus ON_VOLUME = ArtifactStatusBuilder.builder()
            .claim("claim")
            .claimUid("first")
            .path("artifacts/" + "0".repeat(64))
            .reusedFrom("earlier")
            .build();
    private static final String IMAGE = "image/linux/amd64";

    @Test
    void startsAllBuildsOfAPlatformInOnePodAndNothingElse() {
        var decision = RunDecider.decide(facts(Map.of(), Map.of(), GRANTED));

        assertThat(decision.actions())
                .singleElement()
                .isInstanceOfSatisfying(
                        Action.StartBuilds.class,
                        start -> assertThat(start.builds())
                                .extracting(Step::name)
                                .containsExactly(TESTS, IMAGE));
        assertThat(state(decision, "unit")).isEqualTo(State.Pending);
        assertThat(status(decision, "late").message()).isEqualTo("waiting for unit, image/linux/amd64, image/index");
    }

    @Test
    void takesThePodThatWaitsAndSkipsWhatItReuses() {
        var reusable = new Observation.Reusable(ON_VOLUME, false);

        var decision = RunDecider.decide(facts(Map.of(), Map.of(TESTS, reusable), granted(WARM)));

        assertThat(decision.actions()).singleElement().isInstanceOfSatisfying(Action.StartBuilds.class, start -> {
            assertThat(start.builds()).extracting(Step::name).containsExactly(IMAGE);
            assertThat(start.skipped()).extracting(Step::name).containsExactly(TESTS);
        });
        var own = RunDecider.decide(facts(Map.of(), Map.of(TESTS, reusable), GRANTED));
        assertThat(own.actions())
                .singleElement()
                .isInstanceOfSatisfying(
                        Action.StartBuilds.class,
                        start -> assertThat(start.skipped()).isEmpty());
    }

    @Test
    void aSecondAttemptWaitsForTheEndOfThePodThatWaited() {
        var recorded = Map.of(
                TESTS, status(TESTS, State.Pending).withAttempts(2),
                IMAGE, status(IMAGE, State.Pending).withAttempts(2));

        var decision = RunDecider.decide(facts(recorded, Map.of(), granted(WARM)));

        assertThat(decision.actions()).containsOnly(new Action.EndWarmPod(WARM));
        assertThat(status(decision, TESTS))
                .returns("VolumeInUse", StepStatus::reason)
                .satisfies(it -> assertThat(it.message()).contains("pod warm"));
    }

    @Test
    void makesRoomForPodsForAsLongAsTheyFindNoNode() {
        var full = new Observation.Waiting(
                Reason.Unschedulable, "no node", Optional.of(NOW.plusSeconds(60)), Failure.Infrastructure);
        var observed = Map.<String, Observation>of(TESTS, full, IMAGE, full);

        var first = RunDecider.decide(facts(Map.of(), observed, GRANTED));
        var second = RunDecider.decide(facts(recorded(first), observed, GRANTED));

        for (var decision : List.of(first, second)) {
            assertThat(decision.actions()).containsExactly(new Action.MakeRoom(Set.of(BUILD_POD)));
        }
    }

    @Test
    void aTakenPodIsNamedEvenWhenItIsGone() {
        var running = status(TESTS, State.Running).withPod("warm").withStartedAt(NOW.toString());

        var decision = RunDecider.decide(
                facts(Map.of(TESTS, running, IMAGE, running.withName(IMAGE)), Map.of(), granted(null)));

        assertThat(status(decision, TESTS).attempts()).isEqualTo(2);
        var failed = new Observation.Broken(
                Optional.of(NOW),
                NOW,
                Optional.of(1),
                new StatusReason(Reason.BuildFailed, "no"),
                Failure.Command,
                StepOutputs.NOTHING);
        var ended = RunDecider.decide(facts(Map.of(TESTS, running), Map.of(TESTS, failed), granted(null)));
        assertThat(status(ended, TESTS).pod()).isEqualTo("warm");
    }

    @Test
    void waitsForAVolumeAndNamesTheRunThatUsesIt() {
        var why = new StatusReason(Reason.VolumeInUse, "run other has it");

        var decision =
                RunDecider.decide(facts(Map.of(), Map.of(), Map.of("linux/amd64", new VolumeState.Awaited(why))));

        assertThat(decision.actions()).isEmpty();
        assertThat(status(decision, TESTS).reason()).isEqualTo("VolumeInUse");
    }

    @Test
    void failsABuildWithoutAVolumeAndSkipsDependentSteps() {
        var why = new StatusReason(Reason.StorageClassNotFound, "there is none");

        var decision =
                RunDecider.decide(facts(Map.of(), Map.of(), Map.of("linux/amd64", new VolumeState.Refused(why))));

        assertThat(decision.steps())
                .extracting(StepStatus::state)
                .containsExactly(State.Failed, State.Failed, State.Skipped, State.Skipped, State.Skipped);
        assertThat(decision.finished()).isTrue();
    }

    @Test
    void publishesTheDigestsOnceAllPlatformsAreBuilt() {
        var decision =
                RunDecider.decide(facts(Map.of(), Map.of(TESTS, done("sha256:t"), IMAGE, done("sha256:i")), GRANTED));

        assertThat(decision.actions())
                .anySatisfy(action -> assertThat(action)
                        .isInstanceOfSatisfying(
                                Action.StartImagePublish.class,
                                publish -> assertThat(publish.digests())
                                        .containsExactly(Map.entry("linux/amd64", "sha256:i"))))
                .anySatisfy(action -> assertThat(action).isInstanceOf(Action.StartTask.class))
                .hasSize(2);
    }

    /** An earlier version published without a pod, which is not lost. */
    @Test
    void publishesAgainWhatWasBeingPublishedBeforeAnUpgrade() {
        var built = recorded(
                RunDecider.decide(facts(Map.of(), Map.of(TESTS, done("sha256:t"), IMAGE, done("sha256:i")), GRANTED)));
        var index = status("image/index", State.Running);
        built.put("image/index", index.with().startedAt(NOW.toString()).build());

        var decision = RunDecider.decide(facts(built, Map.of(), GRANTED));

        assertThat(decision.actions())
                .anySatisfy(action -> assertThat(action)
                        .isInstanceOfSatisfying(
                                Action.StartImagePublish.class,
                                start -> assertThat(start.attempt()).isEqualTo(1)));
        assertThat(status(decision, "image/index").infrastructureFailures()).isNull();
    }

    /** An image without one of its platforms would be a green run with a wrong result. */
    @Test
    void publishesNoIndexThatLacksADigest() {
        var decision = RunDecider.decide(facts(Map.of(), Map.of(TESTS, done("sha256:t"), IMAGE, done(null)), GRANTED));

        assertThat(decision.actions()).noneMatch(Action.StartImagePublish.class::isInstance);
        assertThat(decision.steps())
                .filteredOn(step -> step.reason() != null && step.reason().equals("PushFailed"))
                .singleElement()
                .satisfies(step -> assertThat(step.message()).contains(IMAGE));
    }

    @Test
    void runsStepsThatDoNotNeedAFailedStep() {
        var broken = new Observation.Broken(
                Optional.of(NOW),
                NOW,
                Optional.of(1),
                new StatusReason(Reason.BuildFailed, "log"),
                Failure.Command,
                StepOutputs.NOTHING);

        var decision = RunDecider.decide(facts(Map.of(), Map.of(TESTS, done("t"), IMAGE, broken), GRANTED));

        assertThat(decision.actions()).singleElement().isInstanceOf(Action.StartTask.class);
        assertThat(state(decision, "late")).isEqualTo(State.Skipped);
        assertThat(status(decision, IMAGE).exitCode()).isEqualTo(1);
    }

    @Test
    void retriesALostPodUntilItsBudgetIsUsedUp() {
        var before = RunDecider.decide(facts(Map.of(), Map.of(TESTS, running(), IMAGE, running()), GRANTED));

        var lost = recorded(before);
        for (int round = 0; round < 2; round++) {
            lost = recorded(RunDecider.decide(facts(lost, Map.of(), GRANTED)));
            assertThat(status(TESTS, lost).reason()).isEqualTo("Retrying");
            lost = recorded(RunDecider.decide(facts(lost, Map.of(TESTS, running(), IMAGE, running()), GRANTED)));
        }

        var decision = RunDecider.decide(facts(lost, Map.of(), GRANTED));

        assertThat(decision.actions()).isEmpty();
        assertThat(status(decision, TESTS))
                .returns("PodLost", StepStatus::reason)
                .returns(Failure.Infrastructure, StepStatus::failure)
                .returns(3, StepStatus::attempts)
                .returns(2, StepStatus::infrastructureFailures);
    }

    @Test
    void failureOfADeletedPodNamesTheReasonOfItsDeletion() {
        var why = new StatusReason(Reason.Evicted, "the node was low on memory");
        var leaving = new Observation.Running(NOW, Optional.empty(), Optional.of(why));
        var seen = recorded(RunDecider.decide(facts(Map.of(), Map.of(TESTS, leaving, IMAGE, leaving), GRANTED)));
        for (int round = 0; round < 2; round++) {
            seen = recorded(RunDecider.decide(facts(seen, Map.of(), GRANTED)));
            assertThat(status(TESTS, seen))
                    .returns("Retrying", StepStatus::reason)
                    .returns(
                            "attempt " + (round + 1) + " failed (Evicted): the node was low on memory",
                            StepStatus::message);
            seen = recorded(RunDecider.decide(facts(seen, Map.of(TESTS, leaving, IMAGE, leaving), GRANTED)));
            assertThat(status(TESTS, seen))
                    .returns(State.Running, StepStatus::state)
                    .returns("Evicted", StepStatus::reason);
        }

        var decision = RunDecider.decide(facts(seen, Map.of(), GRANTED));

        assertThat(status(decision, TESTS))
                .returns(State.Failed, StepStatus::state)
                .returns("Evicted", StepStatus::reason)
                .returns("the node was low on memory", StepStatus::message)
                .returns(Failure.Infrastructure, StepStatus::failure);
    }

    @Test
    void keepsTheReasonOfADeletionWhileThePodCannotBeObserved() {
        var why = new StatusReason(Reason.Evicted, "the node was low on memory");
        var leaving = new Observation.Running(NOW, Optional.empty(), Optional.of(why));
        var seen = recorded(RunDecider.decide(facts(Map.of(), Map.of(TESTS, leaving), GRANTED)));
        var unknown = new Observation.Unknown("cannot be looked at: 500", NOW);

        var decision = RunDecider.decide(facts(seen, Map.of(TESTS, unknown), GRANTED));

        assertThat(status(decision, TESTS))
                .returns(State.Running, StepStatus::state)
                .returns("Evicted", StepStatus::reason);
    }

    @Test
    void cancelStopsPodsOfFinishedSteps() {
        var facts = facts(Map.of(), Map.of(TESTS, done("t"), IMAGE, running()), GRANTED);
        var cancelled = facts(facts.recorded(), facts.observed(), Set.of(BUILD_POD), true, facts.deadline(), NOW);

        var decision = RunDecider.decide(cancelled);

        assertThat(decision.actions()).containsExactly(new Action.StopPod(BUILD_POD));
        assertThat(state(decision, TESTS)).isEqualTo(State.Succeeded);
        assertThat(state(decision, IMAGE)).isEqualTo(State.Cancelled);
        assertThat(decision.finished()).isTrue();
    }

    @Test
    void finishedRunStopsAPodThatACrashLeftRunning() {
        var over = PLAN.steps().stream()
                .collect(Collectors.toMap(Step::name, step -> status(step.name(), State.Cancelled)));

        var decision = RunDecider.decide(facts(over, Map.of(), Set.of("hearth-run-task-unit"), false, NOW, NOW));

        assertThat(decision.actions()).containsExactly(new Action.StopPod("hearth-run-task-unit"));
    }

    @Test
    void failsRunningStepsAtTheRunsTimeout() {
        var facts = facts(Map.of(), Map.of(TESTS, running()), Set.of(), false, NOW, NOW);

        var decision = RunDecider.decide(facts);

        assertThat(status(decision, TESTS).reason()).isEqualTo("RunTimedOut");
        assertThat(decision.finished()).isTrue();
    }

    @Test
    void failsAPendingImagePullAtItsLimitAndChecksThen() {
        var until = NOW.plusSeconds(60);
        var waiting = new Observation.Waiting(Reason.ImagePullFailed, "not found", Optional.of(until), Failure.Setup);
        Map<String, Observation> observed = Map.of(TESTS, done("t"), IMAGE, done("i"), "unit", waiting);

        var early = RunDecider.decide(facts(Map.of(), observed, GRANTED));
        var late = RunDecider.decide(
                facts(Map.of(), observed, Set.of("hearth-run-task-unit"), false, NOW.plusSeconds(999), until));

        assertThat(status(early, "unit").reason()).isEqualTo("ImagePullFailed");
        assertThat(state(early, "unit")).isEqualTo(State.Pending);
        assertThat(early.nextCheck()).hasValue(until);
        assertThat(state(late, "unit")).isEqualTo(State.Failed);
        assertThat(late.actions()).contains(new Action.StopPod("hearth-run-task-unit"));
    }

    /**
     * Simulates runs in a cluster with random delays and failures, and an operator that sometimes crashes before it writes
     * the status. All runs finish, no final state changes, and no step is started twice.
     */
    @Property(tries = 300)
    void everyRunFinishesAndNoFinalStateChanges(@ForAll long seed) {
        var random = new Random(seed);
        var recorded = new HashMap<String, StepStatus>();
        var observed = new HashMap<String, Observation>();
        var started = new HashSet<Action>();
        for (int round = 0; round < 200; round++) {
            var decision = RunDecider.decide(facts(recorded, observed, GRANTED));
            for (StepStatus status : decision.steps()) {
                var known = recorded.get(status.name());
                if (known != null && known.state().isFinal()) {
                    assertThat(status).isEqualTo(known);
                }
            }
            if (random.nextInt(3) > 0) {
                recorded.putAll(recorded(decision));
                if (decision.finished()) {
                    return;
                }
            }
            decision.actions().forEach(action -> {
                var steps = begun(action);
                if (steps.stream().noneMatch(observed::containsKey)) {
                    assertThat(started.add(action))
                            .as("%s started once", action)
                            .isTrue();
                }
                steps.forEach(step -> observed.putIfAbsent(step, running()));
            });
            observed.replaceAll((_, now) -> now instanceof Observation.Running ? advanced(random) : now);
        }
        throw new AssertionError("the run did not end");
    }

    private static Observation advanced(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> done("sha256:x");
            case 1 ->
                new Observation.Broken(
                        Optional.of(NOW),
                        NOW,
                        Optional.of(1),
                        new StatusReason(Reason.BuildFailed, ""),
                        Failure.Command,
                        StepOutputs.NOTHING);
            default -> running();
        };
    }

    private static Set<String> begun(Action action) {
        return switch (action) {
            case Action.StartBuilds start ->
                start.builds().stream().map(Step::name).collect(Collectors.toSet());
            case Action.StartTask start -> Set.of(start.task().name());
            case Action.StartImagePublish start -> Set.of(start.index().name());
            case Action.StopPod _,
                    Action.ExpirePod _,
                    Action.EndWarmPod _,
                    Action.MakeRoom _,
                    Action.StartMatrixReader _,
                    Action.StartArtifactUpload _ -> Set.of();
        };
    }

    /** An artifact on a cache volume stays because the status names it, so it is used once the status does. */
    @Test
    void artifactOnACacheVolumeIsNamedBeforeItIsUsed() {
        var named =
                RunDecider.decide(facts(Map.of(), Map.of(TESTS, new Observation.Reusable(ON_VOLUME, false)), GRANTED));

        assertThat(status(named, TESTS))
                .returns(State.Pending, StepStatus::state)
                .returns("ReusingArtifact", StepStatus::reason)
                .returns(ON_VOLUME, StepStatus::artifact);
        assertThat(named.nextCheck()).contains(NOW);

        var used = RunDecider.decide(
                facts(recorded(named), Map.of(TESTS, new Observation.Reusable(ON_VOLUME, true)), GRANTED));

        assertThat(status(used, TESTS))
                .returns(State.Succeeded, StepStatus::state)
                .returns(ON_VOLUME, StepStatus::artifact);
    }

    @Test
    void artifactOfADeletedVolumeIsLost() {
        var recorded = Map.of(TESTS, status(TESTS, State.Succeeded).withArtifact(ON_VOLUME));

        var lost = RunDecider.decide(facts(recorded, Map.of(), GRANTED).withVolumeUids(Map.of("claim", "second")));
        var there = RunDecider.decide(facts(recorded, Map.of(), GRANTED).withVolumeUids(Map.of("claim", "first")));
        var gone = RunDecider.decide(facts(recorded, Map.of(), GRANTED));

        assertThat(List.of(lost, gone))
                .allSatisfy(decision -> assertThat(status(decision, "unit"))
                        .returns("ArtifactLost", StepStatus::reason)
                        .returns(Failure.Setup, StepStatus::failure));
        assertThat(status(there, "unit")).returns("Starting", StepStatus::reason);
    }

    private static Map<String, VolumeState> granted(ScopeVolume.@Nullable Warm warm) {
        var cache = Specs.CACHE;
        return Map.of(
                "linux/amd64",
                new VolumeState.Granted(CacheMountBuilder.builder()
                        .claim(cache.claim())
                        .isolation(cache.isolation())
                        .seed(cache.seed())
                        .seeding(cache.seeding())
                        .sealing(cache.sealing())
                        .keep(cache.keep())
                        .fallback(cache.fallback())
                        .repeatsCommit(cache.repeatsCommit())
                        .origin(cache.origin())
                        .warm(Optional.ofNullable(warm))
                        .build()));
    }

    private static RunFacts facts(
            Map<String, StepStatus> recorded, Map<String, Observation> observed, Map<String, VolumeState> volumes) {
        return facts(recorded, observed, volumes, Set.of(), false, NOW.plus(Duration.ofMinutes(90)), NOW);
    }

    private static RunFacts facts(
            Map<String, StepStatus> recorded,
            Map<String, Observation> observed,
            Set<String> alive,
            boolean cancelled,
            Instant deadline,
            Instant now) {
        return facts(recorded, observed, GRANTED, alive, cancelled, deadline, now);
    }

    private static RunFacts facts(
            Map<String, StepStatus> recorded,
            Map<String, Observation> observed,
            Map<String, VolumeState> volumes,
            Set<String> alive,
            boolean cancelled,
            Instant deadline,
            Instant now) {
        return RunFactsBuilder.builder()
                .run("run")
                .plan(PLAN)
                .recorded(recorded)
                .observed(observed)
                .volumes(volumes)
                .unavailableTaskCaches(Map.of())
                .volumeUids(Map.of())
                .matrices(Map.of())
                .inputs(Map.of())
                .userNamespaces(Specs.USERS)
                .takenPods(Map.of())
                .alive(alive)
                .limits(new RunFacts.Limits(32, 2))
                .cancellation(RunStatusFactory.cancellation(
                        PipelineRunSpec.of("p", "refs/heads/main", null).withCancel(cancelled)))
                .deadline(deadline)
                .now(now)
                .build();
    }

    private static Observation.Done done(@Nullable String digest) {
        return new Observation.Done(
                NOW,
                NOW,
                Optional.of(BuildResultBuilder.builder()
                        .digest(digest)
                        .cached(3)
                        .executed(1)
                        .build()),
                StepOutputs.NOTHING);
    }

    private static Observation.Running running() {
        return new Observation.Running(NOW);
    }

    private static StepStatus status(String name, State state) {
        return Serialization.unmarshal("name: '%s'\nstate: %s\n".formatted(name, state), StepStatus.class);
    }

    private static StepStatus status(RunDecision decision, String step) {
        return status(step, recorded(decision));
    }

    private static StepStatus status(String step, Map<String, StepStatus> recorded) {
        return recorded.getOrDefault(step, status(step, State.Pending));
    }

    private static State state(RunDecision decision, String step) {
        return status(decision, step).state();
    }

    private static Map<String, StepStatus> recorded(RunDecision decision) {
        return decision.steps().stream().collect(Collectors.toMap(StepStatus::name, Function.identity()));
    }
}
