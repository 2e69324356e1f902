package dev.hearth.controller.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hearth.api.ForgeType;
import dev.hearth.api.Pipeline;
import dev.hearth.api.Reason;
import dev.hearth.authority.AddedAuthorities;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import dev.hearth.config.TestConfig;
import dev.hearth.core.forge.CommitResult;
import dev.hearth.core.forge.CommitStatus;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.core.forge.ReportPiece;
import dev.hearth.core.forge.ReportPlan;
import dev.hearth.core.forge.ReportPlan.Shown;
import dev.hearth.core.forge.RunOutcome;
import dev.hearth.core.forge.RunOutcomeBuilder;
import dev.hearth.core.forge.StepResult;
import dev.hearth.core.status.StatusReason;
import dev.hearth.forge.FakeForge;
import dev.hearth.forge.FakeForge.Reply;
import dev.hearth.forge.FakeForge.Status;
import dev.hearth.forge.FakeGitHub;
import dev.hearth.forge.ForgeClient;
import dev.hearth.forge.ForgeCredential.Token;
import dev.hearth.forge.ForgeException;
import dev.hearth.forge.ForgeException.Kind;
import dev.hearth.forge.ForgeLogin;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an attempt writes of several commits, at a forge that answers as GitHub documents it. */
class ReportAttemptTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final String TARGET = "hearth/p at git.example/team/app";
    private static final ForgeClient FORGES = new ForgeClient(
            new ResponseBudget(ResponseLimits.ofHeap(300L << 20)),
            TestConfig.of(Map.of("network.loopback", true)),
            CLOCK);
    private static final Reply FORBIDDEN = Reply.of(403, "{\"message\": \"Resource not accessible\"}");

    private final Reported known = new Reported("tests", NOW);
    private final List<String> remembered = new ArrayList<>();
    private FakeGitHub gitHub;
    private int calls;

    @BeforeEach
    void start() throws IOException {
        gitHub = new FakeGitHub();
    }

    @AfterEach
    void stop() {
        gitHub.close();
    }

    @Test
    void resultsOfAllCommitsComeBeforeStepsWhichAreLimited() throws Exception {
        var results = results(run("a", 1, 25), run("b", 2, 25), run("c", 3, 25));
        attempt(results).report(this::call);

        var written = results.stream()
                .flatMap(it -> gitHub.statuses(it.commit()).stream())
                .toList();
        assertThat(written.stream().filter(it -> it.id() <= 3))
                .extracting(Status::name)
                .containsOnly("hearth/p");
        assertThat(written).hasSize(3 + 30);
        assertThat(remembered)
                .as("a commit whose steps are not all shown is no result of an earlier process")
                .containsExactly(results.getFirst().commit());
        assertThat(known.steps(NOW).left()).isZero();
        assertThat(shownSteps(results.get(1))).hasSize(5);
        assertThat(ReportPiece.of(results.subList(1, 3), known.shown, known.steps(NOW))
                        .due())
                .isEmpty();

        // A minute later
        var rest = ReportPiece.of(results.subList(1, 3), known.shown, known.steps(NOW.plusSeconds(60)));
        attempt(rest, results).report(this::call);
        assertThat(gitHub.statuses(results.get(1).commit())).hasSize(26);
        assertThat(known.shown.get(results.get(1).commit())).isEqualTo(Shown.of(results.get(1), null, NOW));
    }

    /** What an earlier run has left is not forgotten if its steps cannot be written at once. */
    @Test
    void successesOfEarlierRunsBecomePendingAlsoLater() throws Exception {
        var earlier = List.of(run("a", 1, 25), run("b", 2, 25));
        var runs = new ArrayList<>(earlier);
        for (RunOutcome run : earlier) {
            runs.add(run.withName(run.name() + "2")
                    .withCreatedAt(NOW.plusSeconds(60))
                    .withStarted(false)
                    .withFinishedAt(Optional.empty())
                    .withStatus(new CommitStatus(State.Waiting, "waiting to start"))
                    .withSteps(List.of()));
        }
        var results = results(runs.toArray(RunOutcome[]::new));
        attempt(results).report(this::call);
        assertThat(results.stream().mapToInt(it -> gitHub.statuses(it.commit()).size()))
                .containsExactly(26, 6);

        var rest = ReportPiece.of(results, known.shown, known.steps(NOW.plusSeconds(60)));
        attempt(rest, results).report(this::call);
        assertThat(results)
                .allSatisfy(it -> assertThat(gitHub.statuses(it.commit()))
                        .hasSize(26)
                        .extracting(Status::state)
                        .containsOnly("pending"));
        assertThat(results).allMatch(it -> Shown.of(it, null, NOW).equals(known.shown.get(it.commit())));
    }

    /** A success of a run that was deleted before this process was started must not count for the run that goes on. */
    @Test
    void successOfARunThatIsNotKnownBecomesPending() throws Exception {
        var deleted = run("a", 1, 1);
        var next = runThatHasNotStarted(deleted, "step0", "step1");
        attempt(results(deleted)).report(this::call);
        known.shown.clear();

        attempt(results(next)).report(this::call);

        assertThat(gitHub.statuses(next.commit()).reversed())
                .filteredOn(it -> it.state().equals("pending"))
                .extracting(Status::name)
                .containsExactlyInAnyOrder("hearth/p", "hearth/p/step0");

        // When: that run is deleted too, before the step starts
        attempt(ReportPlan.of(List.of(), known.shown, true, NOW, NOW).due()).report(this::call);

        assertThat(gitHub.statuses(next.commit()))
                .filteredOn(it -> it.name().equals("hearth/p/step0"))
                .extracting(Status::state)
                .containsExactlyInAnyOrder("success", "pending", "error");
    }

    @Test
    void successOfARunThatIsNotKnownIsNotForgottenIfItCannotBeReplacedAtOnce() throws Exception {
        var deleted = run("a", 1, 1);
        var next = runThatHasNotStarted(deleted, "step0");
        attempt(results(deleted)).report(this::call);
        known.shown.clear();
        var results = results(next);

        attempt(new ReportPiece(results, 0), results).report(this::call);
        assertThat(gitHub.statuses(next.commit()))
                .filteredOn(it -> it.name().equals("hearth/p/step0"))
                .hasSize(1);

        var rest = ReportPiece.of(results, known.shown, known.steps(NOW));
        attempt(rest, results).report(this::call);
        assertThat(gitHub.statuses(next.commit()))
                .filteredOn(it -> it.name().equals("hearth/p/step0"))
                .extracting(Status::state)
                .containsExactlyInAnyOrder("success", "pending");
        assertThat(ReportPlan.of(results, known.shown, true, NOW, NOW).due()).isEmpty();
    }

    /** The next run of the same commit, none of whose steps has started. */
    private static RunOutcome runThatHasNotStarted(RunOutcome before, String... steps) {
        var waits = new CommitStatus(State.Waiting, "waiting to start");
        return before.withName("b")
                .withFinishedAt(Optional.empty())
                .withStatus(new CommitStatus(State.Running, "running"))
                .withSteps(Stream.of(steps)
                        .map(step -> new StepResult(step, waits))
                        .toList());
    }

    /** A call has a time limit, which the statuses of all steps together exceed at a slow forge. */
    @Test
    void statusesOfStepsAreWrittenInSeveralCalls() throws Exception {
        attempt(results(run("a", 1, 25))).report(this::call);
        assertThat(calls).isEqualTo(1 + 5);
    }

    @Test
    void whatWasWrittenBeforeAFailureIsProgress() throws Exception {
        var results = results(run("a", 1, 12));
        gitHub.failAfter(1 + 1 + 5, Reply.of(502, ""));
        var attempt = attempt(results);
        assertThat(catchThrowableOfType(ForgeException.class, () -> attempt.report(this::call))
                        .kind())
                .isEqualTo(Kind.Unavailable);
        assertThat(attempt.madeProgress()).isTrue();
        assertThat(shownSteps(results.getFirst())).hasSize(5);

        gitHub.breakDown(Reply.of(502, ""));
        var next = attempt(results);
        assertThat(catchThrowableOfType(ForgeException.class, () -> next.report(this::call))
                        .kind())
                .isEqualTo(Kind.Unavailable);
        assertThat(next.madeProgress()).isFalse();

        gitHub.recover();
        attempt(results).report(this::call);
        assertThat(gitHub.statuses(results.getFirst().commit()))
                .hasSize(13)
                .extracting(Status::name)
                .doesNotHaveDuplicates();
    }

    @Test
    void lockedPullRequestHidesNoResultAtOthersOfTheCommit() throws Exception {
        gitHub.hideStatuses(FORBIDDEN);
        gitHub.lock(7);
        var results = results(
                run("a", 1, 0).withRef("refs/pull/7/head"), run("b", 1, 0).withRef("refs/pull/8/head"));
        attempt(results).report(this::call);

        assertThat(gitHub.notes(7)).isEmpty();
        assertThat(gitHub.notes(8)).hasSize(1);
        assertThat(remembered).containsExactly(results.getFirst().commit());
        assertThat(known.problem())
                .hasValueSatisfying(why -> assertThat(why)
                        .returns(Reason.ResultsInComments, StatusReason::reason)
                        .satisfies(it -> assertThat(it.message()).contains(", except: 127.0.0.1")));
    }

    /** A stranger can make the comments of a pull request too large to read. */
    @Test
    void commentsThatAreTooLargeHoldUpNoOtherCommit() throws Exception {
        gitHub.hideStatuses(FORBIDDEN);
        IntStream.range(0, 10).forEach(_ -> gitHub.comment(7, "bob", "x".repeat(600_000)));
        var results = results(
                run("a", 1, 0).withRef("refs/pull/8/head"), run("b", 2, 0).withRef("refs/pull/7/head"));
        assertThat(results.getFirst().ref()).isEqualTo("refs/pull/7/head");
        attempt(results).report(this::call);

        assertThat(gitHub.notes(8)).hasSize(1);
        assertThat(known.shown).hasSize(2);
        assertThat(remembered).containsExactly(results.getLast().commit());
    }

    private List<StepResult> shownSteps(CommitResult result) {
        return Objects.requireNonNull(known.shown.get(result.commit())).steps();
    }

    private ReportAttempt attempt(List<CommitResult> results) {
        return attempt(ReportPiece.of(results, known.shown, known.steps(NOW)), results);
    }

    private ReportAttempt attempt(ReportPiece piece, List<CommitResult> results) {
        var pipeline = Serialization.unmarshal("""
                metadata: {name: p, namespace: ci}
                spec:
                  source: {url: "https://git.example/team/app.git"}
                  forge: {type: GitHub, token: {secretName: forge}, statuses: PerStep}
                """, Pipeline.class);
        var work = new ReportAttempt.Work(piece, results, List.of());
        return new ReportAttempt(
                pipeline,
                work,
                known,
                new ReportAttempt.Journal() {
                    @Override
                    public void count(String outcome) {}

                    @Override
                    public void remember(CommitResult result) {
                        remembered.add(result.commit());
                    }
                },
                CLOCK);
    }

    private <T> T call(ForgeClient.Work<T> work) throws ForgeException {
        calls++;
        var address = new ForgeAddress(ForgeType.GitHub, gitHub.url() + "/api/v3", "team/app");
        return FORGES.call("tests", new ForgeLogin(address, new Token(FakeForge.TOKEN), AddedAuthorities.NONE), work);
    }

    private static List<CommitResult> results(RunOutcome... runs) {
        return CommitResult.of(List.of(runs), TARGET);
    }

    private static RunOutcome run(String name, int commit, int steps) {
        var success = new CommitStatus(State.Success, "succeeded");
        return RunOutcomeBuilder.builder()
                .name(name)
                .ref("refs/heads/main")
                .commit(Integer.toString(commit).repeat(40))
                .trusted(false)
                .started(true)
                .superseded(false)
                .createdAt(NOW.plusSeconds(commit))
                .finishedAt(Optional.of(NOW))
                .status(success)
                .steps(IntStream.range(0, steps)
                        .mapToObj(i -> new StepResult("step" + i, success))
                        .toList())
                .digest(Optional.empty())
                .reported(Optional.empty())
                .build();
    }
}
