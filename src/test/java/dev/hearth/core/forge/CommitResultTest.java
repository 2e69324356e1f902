package dev.hearth.core.forge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.forge.CommitStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CommitResultTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final String COMMIT = "1".repeat(40);
    private static final String TARGET = "hearth/p at git.example/team/app";
    private static final String MAIN = "refs/heads/main";
    private static final List<State> STATES = List.of(State.values());
    private static final String PULL = "refs/pull/7/head";
    private static final StepResult WAITS = waiting("later");

    @Test
    void newestRunOfARefCounts() {
        var failed = run("a", MAIN, State.Failure, 1);
        var again = run("b", MAIN, State.Success, 2);
        assertThat(only(List.of(failed, again)))
                .returns(State.Success, it -> it.status().state())
                .returns(List.of(again), CommitResult::runs)
                .returns(MAIN, CommitResult::ref);
    }

    @Test
    void worstOfSeveralRefsDecides() {
        var untrusted = run("a", "refs/heads/topic", State.Success, 1).withTrusted(false);
        for (State state : State.values()) {
            var pull = run("b", PULL, state, 2).withTrusted(false).withStarted(true);
            assertThat(only(List.of(untrusted, pull)).status().state()).isEqualTo(state);
        }
        var running = run("b", PULL, State.Running, 2).withTrusted(false);
        assertThat(only(List.of(untrusted.withStatus(status(State.Failure)), running))
                        .status()
                        .state())
                .as("no other run changes it any more")
                .isEqualTo(State.Failure);
        assertThat(only(List.of(untrusted, running)).ref()).isEqualTo(PULL);
    }

    @Test
    void stepsAreThoseOfTheRunThatDecides() {
        var unit = new StepResult("unit", status(State.Running));
        var main = run("a", MAIN, State.Running, 1).withSteps(List.of(unit));
        var pull = run("b", PULL, State.Failure, 2)
                .withTrusted(false)
                .withSteps(List.of(new StepResult("unit", status(State.Failure))));
        assertThat(only(List.of(main, pull)).steps()).containsExactly(unit);
        var seen = ReportPlan.Shown.of(only(List.of(main)), null, NOW);
        var ended = main.withSteps(List.of(new StepResult("unit", status(State.Success))));
        assertThat(plan(List.of(main), seen).due()).isEmpty();
        assertThat(plan(List.of(ended), seen).due()).hasSize(1);
    }

    private static ReportPlan plan(List<RunOutcome> runs, ReportPlan.Shown seen) {
        return ReportPlan.of(CommitResult.of(runs, TARGET), Map.of(COMMIT, seen), true, NOW, NOW);
    }

    @Test
    void stepIsShownFromItsStartAndDoesNotGoOnForEver() {
        var before = only(List.of(running("a", 1, step("unit", State.Running), step("lint", State.Failure), WAITS)));
        var seen = seen(before, null);
        assertThat(seen.steps()).containsExactly(step("unit", State.Running), step("lint", State.Failure));

        var other = only(List.of(running("b", 2, step("lint", State.Running))));
        assertThat(ReportPlan.steps(other, seen)).containsExactly(step("lint", State.Running), gone("unit"));
        assertThat(ReportPlan.steps(deleted(seen), seen)).containsExactly(gone("unit"), step("lint", State.Failure));
    }

    /** The next run of the commit may begin only after that, and nobody knows then what was shown. */
    @Test
    void skipThatHoldsForNowEndsWithItsRun() {
        var skipped = run("a", PULL, State.Skipped, 1).withSteps(List.of(step("unit", State.Skipped)));
        var seen = seen(only(List.of(skipped)), null);
        assertThat(ReportPlan.steps(deleted(seen), seen)).containsExactly(gone("unit"));
    }

    /** A run that waits may get the steps of the one before it. */
    @Test
    void stepIsNotGoneAsLongAsTheNewestRunHasNoSteps() {
        var seen = seen(only(List.of(running("a", 1, step("unit", State.Running)))), null);
        var waiting = only(List.of(run("b", MAIN, State.Waiting, 2)));
        assertThat(ReportPlan.steps(waiting, seen)).containsExactly(step("unit", State.Running));
        var refused = only(List.of(finished(run("b", MAIN, State.Failure, 2), NOW)));
        assertThat(ReportPlan.steps(refused, seen)).containsExactly(gone("unit"));
    }

    @Test
    void stepThatIsRepeatedIsShownAsGoingOnAndEnds() {
        var seen = seen(only(List.of(running("a", 1, step("unit", State.Running)))), null);
        var repeated = only(List.of(running("a", 1, waiting("unit"))));
        assertThat(ReportPlan.steps(repeated, seen)).containsExactly(step("unit", State.Running));
        var after = seen(repeated, seen);
        assertThat(ReportPlan.steps(deleted(after), after)).containsExactly(gone("unit"));
    }

    /** Else a required step would merge a commit that nothing has tested: after the label of a skip is gone, or while it runs again. */
    @Test
    void successOfAnEarlierRunDoesNotCountForTheNextOne() {
        var skipped = finished(run("a", PULL, State.Success, 1), NOW).withSteps(List.of(step("unit", State.Success)));
        var queued = run("b", PULL, State.Waiting, 2);
        var started = running("b", 2, waiting("unit"), WAITS).withRef(PULL);
        // By the same process, and by one that was started after the first run
        for (var seen : Arrays.asList(seen(only(List.of(skipped)), null), null)) {
            assertThat(ReportPlan.steps(only(List.of(skipped, queued)), seen)).containsExactly(waiting("unit"));
            assertThat(ReportPlan.steps(only(List.of(skipped, started)), seen))
                    .as("a step that was never shown is not shown")
                    .containsExactly(waiting("unit"));
        }
        var seen = seen(only(List.of(skipped, queued)), seen(only(List.of(skipped)), null));
        assertThat(ReportPlan.steps(only(List.of(started)), seen)).containsExactly(waiting("unit"));
        var without = only(List.of(running("b", 2, step("lint", State.Running)).withRef(PULL)));
        assertThat(ReportPlan.steps(without, seen)).containsExactly(step("lint", State.Running), gone("unit"));
    }

    /** A forge may show them as a run has left them that was deleted before this process was started. */
    @Test
    void stepsThatWaitAndAreNotKnownToBeShownAreLookedFor() {
        var result = only(List.of(running("b", 2, step("lint", State.Running), waiting("unit"))));
        assertThat(ReportPlan.unknownSteps(result, null)).containsExactly(waiting("unit"));
        assertThat(ReportPlan.unknownSteps(result, seen(result, null))).containsExactly(waiting("unit"));
        var before = seen(only(List.of(running("a", 1, step("unit", State.Success)))), null);
        assertThat(ReportPlan.unknownSteps(result, before)).isEmpty();
    }

    /** The steps of a definition are not known of a run that is skipped, and are shown as the others are. */
    @Test
    void stepsThatAreShownAreSkippedWithTheirRun() {
        var first = only(List.of(running("a", 1, step("unit", State.Failure))));
        var queued = only(List.of(run("b", MAIN, State.Waiting, 2)));
        var seen = seen(queued, seen(first, null));
        var skipped = only(List.of(finished(run("b", MAIN, State.Success, 2), NOW)));
        assertThat(ReportPlan.steps(skipped, seen)).containsExactly(step("unit", State.Success));
        assertThat(ReportPlan.steps(skipped, null)).isEmpty();
    }

    @Test
    void stepsOfAPipelineWithoutThemAreNotAsked() {
        var again = List.of(finished(run("a", MAIN, State.Success, 1), NOW), run("b", MAIN, State.Waiting, 2));
        assertThat(ReportPlan.steps(only(again), null)).isEmpty();
    }

    @Test
    void onlyTheFirstStepsAreShownAndThoseThatWereBegun() {
        var many = IntStream.range(0, 40)
                .mapToObj(i -> step("s" + i, State.Running))
                .toArray(StepResult[]::new);
        var before = seen(only(List.of(running("a", 1, many))), null);
        assertThat(before.steps()).hasSize(25).last().returns("s24", StepResult::step);
        // Cells of another task push it out
        var ended = Stream.concat(
                        IntStream.range(100, 130).mapToObj(i -> step("s" + i, State.Running)),
                        Stream.of(step("s24", State.Success)))
                .toArray(StepResult[]::new);
        assertThat(ReportPlan.steps(only(List.of(running("a", 1, ended))), before))
                .contains(step("s24", State.Success), gone("s0"))
                .doesNotContain(step("s125", State.Running));
    }

    /** A result that is never seen would be compared without end. */
    @Test
    void whatIsShownIsNotDueAgain() {
        var random = new Random(11);
        ReportPlan.Shown seen = null;
        for (int i = 0; i < 2000; i++) {
            var steps = new ArrayList<StepResult>();
            for (int n = random.nextInt(40); n > 0; n--) {
                steps.add(
                        random.nextBoolean()
                                ? waiting("s" + n)
                                : step(
                                        "s" + n,
                                        List.of(State.Running, State.Success, State.Failure)
                                                .get(random.nextInt(3))));
            }
            var run = run("r" + i, MAIN, STATES.get(random.nextInt(STATES.size())), i);
            var result = only(List.of(random.nextBoolean() ? run.withSteps(steps) : run));
            seen = seen(result, seen);
            assertThat(plan(List.of(result), Map.of(COMMIT, seen), NOW).due()).isEmpty();
        }
    }

    /** GitHub tells presses of "Re-run" apart by the check run alone. */
    @Test
    void eachRunHasItsOwnCheckRunOfAStepThatHasNotSucceeded() {
        var failed = step("unit", State.Failure);
        var first = only(List.of(running("a", 1, failed, step("lint", State.Success))));
        var second = only(List.of(running("b", 2, failed)));
        assertThat(first.details(failed)).isNotNull().isNotEqualTo(second.details(failed));
        assertThat(first.details(failed)).isEqualTo(first.details(failed));
        assertThat(first.details(step("lint", State.Success))).isNull();
        assertThat(first.details(gone("image"))).as("of no run").isNull();
    }

    private static ReportPlan.Shown seen(CommitResult result, ReportPlan.@Nullable Shown before) {
        return ReportPlan.Shown.of(result, before, NOW);
    }

    private static CommitResult deleted(ReportPlan.Shown seen) {
        return ReportPlan.of(List.of(), Map.of(COMMIT, seen), true, NOW, NOW)
                .due()
                .getFirst();
    }

    private static RunOutcome running(String name, int age, StepResult... steps) {
        return run(name, MAIN, State.Running, age).withSteps(List.of(steps));
    }

    private static StepResult step(String name, State state) {
        return new StepResult(name, status(state));
    }

    private static StepResult waiting(String name) {
        return new StepResult(name, StepResult.WAITING);
    }

    private static StepResult gone(String name) {
        return new StepResult(name, new CommitStatus(State.Cancelled, "no longer a step of the run"));
    }

    /** Of a hundred commits that wait for a right of the token, one is enough to find out when it has it. */
    @Test
    void newestDeniedStatusIsTriedAgainSoon() {
        var runs = List.of(
                finished(run("a", MAIN, State.Success, 1), NOW),
                finished(run("b", MAIN, State.Success, 2).withCommit("2".repeat(40)), NOW));
        var results = CommitResult.of(runs, TARGET);
        var denied = results.stream()
                .collect(Collectors.toMap(
                        CommitResult::commit,
                        it -> ReportPlan.Shown.ofDenied(it, null, NOW.plus(Duration.ofHours(2)))));
        var now = NOW.plus(Duration.ofHours(2)).plus(Duration.ofMinutes(10));
        assertThat(ReportPlan.of(results, denied, true, NOW, now).due())
                .extracting(CommitResult::commit)
                .containsExactly("2".repeat(40));
    }

    /** Whoever opens a pull request chooses its commit. */
    @Test
    void pullRequestAtACommitOfMainChangesNothingThere() {
        var main = run("a", MAIN, State.Success, 1);
        for (State state : State.values()) {
            var pull = run("b", PULL, state, 2).withTrusted(false);
            assertThat(only(List.of(main, pull)).status()).isEqualTo(main.status());
        }
    }

    /** Whoever opens a pull request at the commit of another one holds it up otherwise. */
    @Test
    void runThatWaitsForAnApprovalHoldsUpNoOther() {
        var success = run("a", PULL, State.Success, 1).withTrusted(false);
        var waiting = run("b", "refs/pull/8/head", State.Waiting, 2).withTrusted(false);
        assertThat(only(List.of(success, waiting)).status()).isEqualTo(success.status());
        assertThat(only(List.of(success, waiting.withStatus(status(State.Cancelled))))
                        .status())
                .as("ignored")
                .isEqualTo(success.status());
        assertThat(only(List.of(waiting)).status()).isEqualTo(waiting.status());
    }

    @Test
    void supersededRunCountsOnlyIfThereIsNoOther() {
        var superseded = run("a", PULL, State.Cancelled, 1).withTrusted(false).withSuperseded(true);
        var other = run("b", "refs/pull/8/head", State.Success, 2).withTrusted(false);
        assertThat(only(List.of(superseded)).status().state()).isEqualTo(State.Cancelled);
        assertThat(only(List.of(superseded, other)).status().state()).isEqualTo(State.Success);
    }

    /** What was shown for a run that is gone is not forgotten with it. */
    @Test
    void failureDoesNotVanishWithItsRun() {
        var text = Optional.of("Failure: failed: unit (" + TARGET + ")");
        var left = finished(run("a", MAIN, State.Success, 1), NOW).withReported(text);
        assertThat(only(List.of(left)).status()).isEqualTo(new CommitStatus(State.Failure, "failed: unit"));
        var again = finished(run("b", MAIN, State.Success, 2), NOW);
        assertThat(only(List.of(left, again)).status().state()).isEqualTo(State.Success);
        assertThat(only(List.of(left.withReported(Optional.of("Failure: failed: unit (elsewhere)"))))
                        .status()
                        .state())
                .isEqualTo(State.Success);
    }

    @Test
    void runThatIsDeletedWhileItGoesOnLeavesTheOlderResult() {
        var old = CommitResult.of(
                List.of(finished(run("a", MAIN, State.Success, 1), NOW.minus(Duration.ofDays(5)))), TARGET);
        assertThat(plan(old, Map.of(), NOW).due()).isEmpty();
        assertThat(plan(old, Map.of(COMMIT, shown(status(State.Running), NOW)), NOW)
                        .due())
                .isEqualTo(old);
    }

    @Test
    void orderOfRunsChangesNothing() {
        var random = new Random(7);
        for (int i = 0; i < 500; i++) {
            var runs = new ArrayList<RunOutcome>();
            for (int n = random.nextInt(1, 6); n > 0; n--) {
                var state = STATES.get(random.nextInt(STATES.size()));
                runs.add(run(
                                "r" + n,
                                random.nextBoolean() ? MAIN : "refs/pull/" + random.nextInt(3) + "/head",
                                state,
                                random.nextInt(3))
                        .withTrusted(random.nextBoolean())
                        .withSuperseded(state == State.Cancelled && random.nextBoolean()));
            }
            var expected = only(runs);
            Collections.shuffle(runs, random);
            var shuffled = only(runs);
            assertThat(shuffled.status()).isEqualTo(expected.status());
            assertThat(Set.copyOf(shuffled.runs())).isEqualTo(Set.copyOf(expected.runs()));
            assertThat(shuffled.runs().stream().map(RunOutcome::ref)).doesNotHaveDuplicates();
            if (runs.stream().allMatch(run -> run.status().state() == State.Success)) {
                assertThat(expected.status().state()).isEqualTo(State.Success);
            }
        }
    }

    @Test
    void resultIsDueAtOnceAndThenComparedMoreRarely() {
        var running = CommitResult.of(List.of(run("a", MAIN, State.Running, 1)), TARGET);
        assertThat(plan(running, Map.of(), NOW).due()).isEqualTo(running);

        var seen = Map.of(COMMIT, shown(status(State.Running), NOW));
        var later = plan(running, seen, NOW);
        assertThat(later.due()).isEmpty();
        assertThat(later.next())
                .hasValueSatisfying(at -> assertThat(Duration.between(NOW, at))
                        .isBetween(Duration.ofMinutes(5), Duration.ofSeconds(450)));
        assertThat(plan(running, seen, NOW.plusSeconds(450)).due()).isEqualTo(running);

        var success = CommitResult.of(List.of(finished(run("a", MAIN, State.Success, 1), NOW)), TARGET);
        assertThat(plan(success, seen, NOW).due()).isEqualTo(success);
        var shown = Map.of(COMMIT, shown(status(State.Success), NOW));
        assertThat(plan(success, shown, NOW).due()).isEmpty();
        assertThat(plan(success, shown, NOW.plus(Duration.ofMinutes(15))).due()).isEqualTo(success);
        var old = Map.of(COMMIT, shown(status(State.Success), NOW.plus(Duration.ofHours(2))));
        assertThat(plan(success, old, NOW.plus(Duration.ofHours(5))).due()).isEmpty();
        assertThat(plan(success, old, NOW.plus(Duration.ofHours(11))).due()).isEqualTo(success);
        assertThat(plan(success, Map.of(), NOW.plus(Duration.ofHours(73))).due())
                .isEmpty();
        assertThat(plan(success, Map.of(), NOW.plus(Duration.ofHours(73))).next())
                .isEmpty();
    }

    /** An approval is given for what the page shows. */
    @Test
    void whatNeedsAnotherApprovalIsDueAtOnce() {
        var one = run("a", MAIN, State.NeedsApproval, 1).withDigest(Optional.of("one"));
        var before = CommitResult.of(List.of(one), TARGET);
        var seen = Map.of(COMMIT, ReportPlan.Shown.of(before.getFirst(), null, NOW));
        assertThat(plan(before, seen, NOW).due()).isEmpty();
        var after = CommitResult.of(List.of(one.withDigest(Optional.of("two"))), TARGET);
        assertThat(plan(after, seen, NOW).due()).isEqualTo(after);
    }

    @Test
    void whatAnEarlierProcessHasReportedIsNotReadAtOnce() {
        var run = finished(run("a", MAIN, State.Success, 1), NOW.minusSeconds(60));
        var unreported = CommitResult.of(List.of(run), TARGET);
        assertThat(plan(unreported, Map.of(), NOW).due()).isEqualTo(unreported);
        assertThat(ReportPlan.unreported(unreported, NOW)).containsExactly("a");
        assertThat(ReportPlan.unreported(unreported, NOW.plus(Duration.ofDays(4))))
                .isEmpty();

        var reported = CommitResult.of(
                List.of(run.withReported(Optional.of("Success: text of Success (" + TARGET + ")"))), TARGET);
        assertThat(plan(reported, Map.of(), NOW).due()).isEmpty();
        assertThat(ReportPlan.unreported(reported, NOW)).isEmpty();

        var another = CommitResult.of(
                List.of(run.withReported(Optional.of("Success: text of Success (hearth/other)"))), TARGET);
        assertThat(plan(another, Map.of(), NOW).due()).isEqualTo(another);
    }

    @Test
    void statusOfDeletedRunsDoesNotStayPending() {
        var seen = Map.of(COMMIT, shown(status(State.Running), NOW), "2".repeat(40), shown(status(State.Success), NOW));
        assertThat(plan(List.of(), seen, NOW).due())
                .singleElement()
                .returns(COMMIT, CommitResult::commit)
                .returns(new CommitStatus(State.Cancelled, "its runs were deleted"), CommitResult::status);
    }

    private static ReportPlan plan(List<CommitResult> results, Map<String, ReportPlan.Shown> shown, Instant now) {
        return ReportPlan.of(results, shown, true, NOW, now);
    }

    private static CommitResult only(List<RunOutcome> runs) {
        assertThat(CommitResult.of(runs, TARGET)).hasSize(1);
        return CommitResult.of(runs, TARGET).getFirst();
    }

    private static CommitStatus status(State state) {
        return new CommitStatus(state, "text of " + state);
    }

    private static ReportPlan.Shown shown(CommitStatus status, Instant at) {
        return new ReportPlan.Shown(status, List.of(), Optional.empty(), false, at);
    }

    private static RunOutcome finished(RunOutcome run, Instant at) {
        return run.withFinishedAt(Optional.of(at));
    }

    private static RunOutcome run(String name, String ref, State state, int age) {
        return RunOutcomeBuilder.builder()
                .name(name)
                .ref(ref)
                .commit(COMMIT)
                .trusted(true)
                .started(state != State.Waiting)
                .superseded(false)
                .createdAt(NOW.plusSeconds(age))
                .finishedAt(Optional.empty())
                .status(status(state))
                .steps(List.of())
                .digest(Optional.empty())
                .reported(Optional.empty())
                .build();
    }
}
