package dev.hearth.core.forge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.forge.CommitStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CommitResultTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final String COMMIT = "1".repeat(40);
    private static final String TARGET = "hearth/p at git.example/team/app";
    private static final String MAIN = "refs/heads/main";
    private static final List<State> STATES = List.of(State.values());
    private static final String PULL = "refs/pull/7/head";

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
        var seen = ReportPlan.Shown.of(only(List.of(main)), NOW);
        var ended = main.withSteps(List.of(new StepResult("unit", status(State.Success))));
        assertThat(plan(List.of(main), seen).due()).isEmpty();
        assertThat(plan(List.of(ended), seen).due()).hasSize(1);
    }

    private static ReportPlan plan(List<RunOutcome> runs, ReportPlan.Shown seen) {
        return ReportPlan.of(CommitResult.of(runs, TARGET), Map.of(COMMIT, seen), true, NOW, NOW);
    }

    @Test
    void stepIsShownFromItsStartAndDoesNotGoOnForEver() {
        var waiting = new StepResult("later", status(State.Waiting));
        var running = new StepResult("unit", status(State.Running));
        var ended = new StepResult("lint", status(State.Failure));
        var before = only(List.of(run("a", MAIN, State.Running, 1).withSteps(List.of(running, ended, waiting))));
        assertThat(ReportPlan.steps(before, null)).containsExactly(running, ended);

        var seen = ReportPlan.Shown.of(before, NOW);
        var again = only(List.of(run("b", MAIN, State.Waiting, 2)));
        assertThat(ReportPlan.steps(again, seen))
                .containsExactly(
                        new StepResult("unit", new CommitStatus(State.Cancelled, "no longer a step of the run")));
        var repeated = only(List.of(
                run("a", MAIN, State.Running, 1).withSteps(List.of(new StepResult("unit", status(State.Waiting))))));
        assertThat(ReportPlan.steps(repeated, seen)).isEmpty();
        var deleted = ReportPlan.of(List.of(), Map.of(COMMIT, seen), true, NOW, NOW)
                .due()
                .getFirst();
        assertThat(ReportPlan.steps(deleted, seen)).extracting(StepResult::step).containsExactly("unit");
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
                        CommitResult::commit, it -> ReportPlan.Shown.ofDenied(it, NOW.plus(Duration.ofHours(2)))));
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
        var seen = Map.of(COMMIT, ReportPlan.Shown.of(before.getFirst(), NOW));
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
