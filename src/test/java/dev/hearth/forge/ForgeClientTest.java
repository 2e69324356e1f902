package dev.hearth.forge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.hearth.api.ForgeType;
import dev.hearth.authority.AddedAuthorities;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import dev.hearth.config.TestConfig;
import dev.hearth.core.forge.CommitStatus;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.core.forge.ResultComment;
import dev.hearth.forge.FakeForge.Reply;
import dev.hearth.forge.ForgeCredential.Token;
import dev.hearth.forge.ForgeException.Kind;
import dev.hearth.forge.PullRequest.Origin;
import dev.hearth.git.HttpsGitServer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The clients of forges, against servers that answer as the forges' documentation says. */
class ForgeClientTest {
    private static final String COMMIT = "1".repeat(40);
    private static final String NAME = "hearth/app";
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final Token TOKEN = new Token(FakeForge.TOKEN);
    private static final ForgeClient FORGES = forges(true);

    private static ForgeClient forges(boolean loopback) {
        return forges(loopback, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private static ForgeClient forges(boolean loopback, Clock clock) {
        return new ForgeClient(
                new ResponseBudget(ResponseLimits.ofHeap(300L << 20)),
                TestConfig.of(Map.of("network.loopback", loopback)),
                clock);
    }

    private static ForgeLogin login(ForgeAddress address, ForgeCredential credential) {
        return new ForgeLogin(address, credential, AddedAuthorities.NONE);
    }

    @Test
    void trustsTheAuthorityOfAForge() throws Exception {
        try (var forge = HttpsGitServer.start(InetAddress.getLoopbackAddress(), exchange -> {
            try (exchange) {
                var json = "{\"user\":{\"login\":\"ada\"},\"head\":{\"sha\":\"" + COMMIT + "\"}}";
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write(json.getBytes(StandardCharsets.UTF_8));
            }
        })) {
            var address = new ForgeAddress(ForgeType.Gitea, forge.url("api/v1"), "team/app");
            var trusting = new ForgeLogin(address, TOKEN, AddedAuthorities.parse(forge.authority()));

            assertThat(FORGES.<Boolean>call("tests", trusting, it -> it.pullRequest(1) != null))
                    .isTrue();
            var refused = catchThrowableOfType(
                    ForgeException.class, () -> FORGES.call("tests", login(address, TOKEN), it -> it.pullRequest(1)));
            assertThat(refused.kind()).isEqualTo(Kind.Unavailable);
            assertThat(trusting.toString()).doesNotContain(FakeForge.TOKEN);
        }
    }

    @ParameterizedTest
    @CsvSource({"Waiting, pending", "Running, pending", "Success, success", "Failure, failure", "Cancelled, error"})
    void gitHubShowsWhatWasWritten(State state, String shown) throws Exception {
        try (var gitHub = new FakeGitHub()) {
            var status = status(state, "23 of 25 build steps cached");
            assertThat(shows(gitHub, status)).isFalse();
            write(gitHub, status);
            assertThat(gitHub.statuses(COMMIT)).singleElement().satisfies(it -> {
                assertThat(it.state()).isEqualTo(shown);
                assertThat(it.name()).isEqualTo(NAME);
                assertThat(it.description()).isEqualTo("23 of 25 build steps cached");
            });
            assertThat(shows(gitHub, status)).isTrue();
            assertThat(shows(gitHub, status(state, "another text"))).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"Waiting, pending", "Running, running", "Success, success", "Failure, failed", "Cancelled, canceled"})
    void gitLabShowsWhatWasWritten(State state, String shown) throws Exception {
        try (var gitLab = new FakeGitLab()) {
            var status = status(state, "text");
            assertThat(shows(gitLab, status)).isFalse();
            write(gitLab, status);
            assertThat(gitLab.statuses(COMMIT))
                    .singleElement()
                    .satisfies(it -> assertThat(it.state()).isEqualTo(shown));
            assertThat(shows(gitLab, status)).isTrue();
            assertThat(shows(gitLab, status(state, "a text that it does not take for the same state")))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ForgeType.class,
            names = {"GitHub", "GitLab"})
    void severalStatusesOfACommitAreReadAtOnce(ForgeType type) throws Exception {
        try (var forge = fake(type)) {
            var wanted = IntStream.range(0, 26)
                    .mapToObj(i -> new NamedStatus(
                            NAME + (i == 0 ? "" : "/step" + i),
                            COMMIT,
                            "refs/heads/main",
                            new CommitStatus(State.Success, "text " + i),
                            null))
                    .toList();
            for (var status : wanted) {
                write(forge, status);
            }
            // Those of other tools fill the first pages.
            IntStream.range(0, 150).forEach(i -> forge.add(COMMIT, "other" + i, "main", "success", "text"));
            forge.add(COMMIT, wanted.get(3).name(), "main", type == ForgeType.GitLab ? "failed" : "failure", "text 3");
            var before = forge.requests().size();
            var missing = FORGES.<List<NamedStatus>>call(
                    "tests", login(address(type, forge), TOKEN), it -> it.missing(wanted));
            assertThat(missing).containsExactly(wanted.get(3));
            assertThat(forge.requests().size() - before).isLessThanOrEqualTo(4);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ForgeType.class,
            names = {"GitHub", "GitLab"})
    void statusInsteadOfAnotherIsMissingOnlyIfThereIsAnother(ForgeType type) throws Exception {
        try (var forge = fake(type)) {
            var instead = status(State.Waiting, "text").onlyInsteadOfAnother();
            assertThat(shows(forge, instead)).isTrue();
            write(forge, status(State.Success, "text"));
            assertThat(shows(forge, instead)).isFalse();
            write(forge, instead);
            assertThat(shows(forge, instead)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"GitHub, 403", "GitHub, 404", "GitLab, 403"})
    void missingRightToWriteStatusesIsToldFromAMissingRepository(ForgeType type, int answer) throws Exception {
        try (var forge = fake(type)) {
            forge.denyStatuses(Reply.of(answer, "{\"message\": \"Resource not accessible by personal access token\"}"));
            var denied = failure(forge, status(State.Success, "text"));
            assertThat(denied.kind()).isEqualTo(Kind.Unwritable);
            assertThat(denied).hasMessageContaining(" needs ");

            // A token that is only for comments may not read statuses either.
            if (answer == 403 && type == ForgeType.GitHub) {
                forge.hideStatuses(Reply.of(answer, "{}"));
                assertThat(catchThrowableOfType(ForgeException.class, () -> shows(forge, status(State.Success, "text")))
                                .kind())
                        .isEqualTo(Kind.Unwritable);
                forge.hideStatuses(null);
            }

            forge.denyStatuses(new Reply(403, Map.of("Retry-After", "60"), ""));
            assertThat(failure(forge, status(State.Success, "text")).kind()).isEqualTo(Kind.RateLimited);
            forge.denyStatuses(Reply.of(503, ""));
            assertThat(failure(forge, status(State.Success, "text")).kind()).isEqualTo(Kind.Unavailable);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ForgeType.class,
            names = {"GitHub", "GitLab", "Gitea"})
    void pullRequestHasOneCommentOfOursThatIsEdited(ForgeType type) throws Exception {
        try (var forge = fake(type)) {
            var first = new ResultComment("<!-- ours -->", "<!-- ours -->\nrunning");
            IntStream.range(0, 30).forEach(i -> forge.comment(7, "bob", "comment " + i));
            forge.comment(7, "bob", first.body());
            assertThat(comment(type, forge, first))
                    .as("a copy of a stranger is not ours")
                    .isTrue();
            assertThat(comment(type, forge, first)).isFalse();

            var second = new ResultComment("<!-- ours -->", "<!-- ours -->\nsuccess");
            assertThat(comment(type, forge, second)).isTrue();
            assertThat(forge.notes(7))
                    .filteredOn(note -> note.body().startsWith("<!-- ours -->"))
                    .extracting(FakeForge.Note::author, FakeForge.Note::body)
                    .containsExactly(tuple("bob", first.body()), tuple(FakeForge.SELF, second.body()));

            // The answer to a creation is lost, after the user and two pages
            forge.failAfter(forge.requests().size() + 3, Reply.of(502, ""));
            var other = new ResultComment("<!-- other -->", "<!-- other -->\nsuccess");
            assertThat(catchThrowableOfType(ForgeException.class, () -> comment(type, forge, other))
                            .kind())
                    .isEqualTo(Kind.Unavailable);
            forge.recover();
            forge.addNote(7, other.body());
            assertThat(comment(type, forge, other)).isFalse();
        }
    }

    private static boolean comment(ForgeType type, FakeForge forge, ResultComment comment) throws ForgeException {
        return FORGES.<Boolean>call("tests", login(address(type, forge), TOKEN), it -> it.comment(7, comment));
    }

    /** Gitea answers with all comments each time, so the pages end nevertheless. */
    @Test
    void commentOfOursIsFoundBehindManyAtGitea() throws Exception {
        try (var gitea = new FakeGitHub()) {
            var comment = new ResultComment("<!-- ours -->", "<!-- ours -->\nrunning");
            IntStream.range(0, 100).forEach(i -> gitea.comment(7, "bob", "comment " + i));
            assertThat(comment(ForgeType.Gitea, gitea, comment)).isTrue();
            assertThat(gitea.requests().stream()
                            .filter(it -> it.startsWith("GET") && it.endsWith("/issues/7/comments")))
                    .hasSize(2);
            assertThat(comment(ForgeType.Gitea, gitea, comment)).isFalse();
        }
    }

    /** Strangers write comments: what they make too large is no failure of the forge. */
    @ParameterizedTest
    @EnumSource(ForgeType.class)
    void commentsThatAreTooLargeAreToldFromABrokenForge(ForgeType type) throws Exception {
        try (var forge = fake(type)) {
            IntStream.range(0, 10).forEach(_ -> forge.comment(7, "bob", "x".repeat(600_000)));
            assertThat(catchThrowableOfType(
                                    ForgeException.class,
                                    () -> comment(type, forge, new ResultComment("<!-- ours -->", "<!-- ours -->")))
                            .kind())
                    .isEqualTo(Kind.Exceeded);
        }
        try (var forge = fake(type)) {
            forge.plan(Reply.of(200, "{\"id\": 1}"));
            forge.plan(Reply.of(200, "[" + "1,".repeat(60_000) + "1]"));
            assertThat(catchThrowableOfType(
                                    ForgeException.class,
                                    () -> comment(type, forge, new ResultComment("<!-- ours -->", "<!-- ours -->")))
                            .kind())
                    .isEqualTo(Kind.Exceeded);
        }
    }

    @Test
    void pagesOfCommentsAreReadForALimitedTime() throws Exception {
        try (var gitHub = new FakeGitHub()) {
            IntStream.range(0, 200).forEach(i -> gitHub.comment(7, "bob", "comment " + i));
            var slow = forges(true, new HurryingClock());
            var refused = catchThrowableOfType(
                    ForgeException.class,
                    () -> slow.<Boolean>call(
                            "tests",
                            login(address(gitHub), TOKEN),
                            it -> it.comment(7, new ResultComment("<!-- ours -->", "<!-- ours -->"))));
            assertThat(refused)
                    .returns(Kind.Refused, ForgeException::kind)
                    .hasMessageContaining("too many comments to find the one with the result");
            assertThat(gitHub.requests()).hasSizeBetween(2, 8);
        }
    }

    /** Each look is five seconds after the one before. */
    private static final class HurryingClock extends Clock {
        private final AtomicInteger looks = new AtomicInteger();

        @Override
        public Instant instant() {
            return NOW.plusSeconds(5L * looks.incrementAndGet());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void tooManyCommentsAreNoReasonForASecondOne() throws Exception {
        try (var gitHub = new FakeGitHub()) {
            var comment = new ResultComment("<!-- ours -->", "<!-- ours -->\nrunning");
            IntStream.range(0, 1001).forEach(i -> gitHub.comment(7, "bob", "comment " + i));
            assertThat(catchThrowableOfType(ForgeException.class, () -> comment(ForgeType.GitHub, gitHub, comment))
                            .kind())
                    .isEqualTo(Kind.Refused);
            assertThat(gitHub.notes(7)).hasSize(1001);
        }
    }

    /** GitLab refuses a state that the status has already; another attempt may have written it. */
    @Test
    void gitLabsStateThatIsThereAlreadyIsNoFailure() throws Exception {
        try (var gitLab = new FakeGitLab()) {
            write(gitLab, status(State.Running, "running"));
            write(gitLab, status(State.Running, "running"));
            assertThat(gitLab.statuses(COMMIT)).hasSize(1);
            assertThat(shows(gitLab, status(State.Waiting, "a status that runs does not wait again")))
                    .isTrue();
            gitLab.plan(Reply.of(200, "[]")); // what another process writes between look and write
            gitLab.plan(Reply.of(200, "[]"));
            write(gitLab, status(State.Running, "running"));
            assertThat(gitLab.statuses(COMMIT)).hasSize(1);
            // After its end another run may begin.
            write(gitLab, status(State.Failure, "failed: unit"));
            write(gitLab, status(State.Waiting, "waiting"));
            assertThat(shows(gitLab, status(State.Waiting, "waiting"))).isTrue();
        }
    }

    /** GitLab has one status for each ref of a commit. */
    @Test
    void gitLabsStatusOfAnotherRefDoesNotGoOnForEver() throws Exception {
        try (var gitLab = new FakeGitLab()) {
            write(gitLab, status(State.Running, "running"));
            var tag = new NamedStatus(NAME, COMMIT, "refs/tags/v1", new CommitStatus(State.Success, "text"), null);
            write(gitLab, tag);
            assertThat(gitLab.statuses(COMMIT))
                    .extracting(FakeForge.Status::ref, FakeForge.Status::state)
                    .containsExactlyInAnyOrder(
                            tuple("main", "running"), tuple("v1", "success"), tuple("main", "success"));
            assertThat(shows(gitLab, tag)).isTrue();
        }
    }

    @Test
    void gitLabsRefOfAMergeRequestIsReadOnceForAllItsStatuses() throws Exception {
        try (var gitLab = new FakeGitLab()) {
            gitLab.propose(7, new FakeForge.Proposal("ada", "team", null));
            FORGES.call("tests", login(address(gitLab), TOKEN), it -> {
                for (int i = 0; i < 5; i++) {
                    it.write(new NamedStatus(
                            NAME + i,
                            COMMIT,
                            "refs/merge-requests/7/head",
                            new CommitStatus(State.Success, "text"),
                            null));
                }
                return true;
            });
            assertThat(gitLab.requests().stream().filter(it -> it.contains("/merge_requests/")))
                    .hasSize(1);
            assertThat(gitLab.statuses(COMMIT))
                    .hasSize(5)
                    .allMatch(it -> it.ref().equals("topic"));
        }
    }

    @Test
    void gitLabsMergeRequestShowsItAtItsBranchAndOneOfAForkAtItsRef() throws Exception {
        try (var gitLab = new FakeGitLab()) {
            gitLab.propose(7, new FakeForge.Proposal("ada", "team", null));
            gitLab.propose(8, new FakeForge.Proposal("bob", "bob", null));
            for (String ref : List.of("refs/merge-requests/7/head", "refs/merge-requests/8/head")) {
                write(gitLab, new NamedStatus(NAME, COMMIT, ref, new CommitStatus(State.Success, "text"), null));
            }
            assertThat(gitLab.statuses(COMMIT))
                    .extracting(FakeForge.Status::ref)
                    .containsExactly("topic", "refs/merge-requests/8/head");
        }
    }

    @ParameterizedTest
    @EnumSource(ForgeType.class)
    void commitThatTheForgeDoesNotHaveIsNoFailureOfTheRepository(ForgeType type) throws Exception {
        try (var forge = fake(type)) {
            if (type != ForgeType.GitHub) {
                forge.plan(Reply.of(404, "{\"message\": \"404 Commit Not Found\"}"));
            }
            var unknown = new NamedStatus(
                    NAME, FakeForge.UNKNOWN, "refs/heads/main", new CommitStatus(State.Success, "text"), null);
            var refused = failure(address(type, forge), FakeForge.TOKEN, unknown);
            assertThat(refused).returns(Kind.Refused, ForgeException::kind);
            assertThat(refused.kind()).isEqualTo(Kind.Refused);
        }
    }

    @Test
    void originOfAPullRequestSaysWhoCanPush() throws Exception {
        try (var gitHub = new FakeGitHub();
                var gitLab = new FakeGitLab()) {
            for (FakeForge forge : List.of(gitHub, gitLab)) {
                forge.propose(1, new FakeForge.Proposal("ada", "team", COMMIT));
                forge.propose(2, new FakeForge.Proposal("bob", "bob", COMMIT));
                forge.propose(3, new FakeForge.Proposal("bob", "ada", null));
                forge.addWriter("ada");
                assertThat(pullRequest(forge, 1).origin()).isEqualTo(Origin.OfWriters);
                assertThat(pullRequest(forge, 1).base()).isEqualTo(COMMIT);
                assertThat(pullRequest(forge, 2).origin()).isEqualTo(Origin.OfAuthor);
                assertThat(pullRequest(forge, 2).author().name()).isEqualTo("bob");
                assertThat(pullRequest(forge, 3).origin()).isEqualTo(Origin.OfOthers);
                assertThat(pullRequest(forge, 3).base()).isNull();
                assertThat(mayWrite(forge, "ada")).isTrue();
                assertThat(mayWrite(forge, "bob")).isFalse();
            }
            gitHub.propose(4, new FakeForge.Proposal("bob", "nobody", COMMIT));
            assertThat(pullRequest(gitHub, 4).origin()).as("the fork is gone").isEqualTo(Origin.OfOthers);
            var agit = FORGES.call("tests", login(address(ForgeType.Gitea, gitHub), TOKEN), it -> it.pullRequest(1));
            assertThat(agit.origin())
                    .as("Gitea lets everybody push a pull request to the repository itself")
                    .isEqualTo(Origin.OfAuthor);
        }
    }

    @Test
    void rightThatTheTokenMayNotAskForIsNone() throws Exception {
        try (var gitHub = new FakeGitHub()) {
            gitHub.addWriter("ada");
            gitHub.plan(Reply.of(403, "{}"));
            assertThat(mayWrite(gitHub, "ada")).isFalse();
        }
    }

    @Test
    void commentsOfManyPagesAreReadSinceATime() throws Exception {
        try (var gitHub = new FakeGitHub();
                var gitLab = new FakeGitLab()) {
            for (FakeForge forge : List.of(gitHub, gitLab)) {
                IntStream.range(0, 50).forEach(i -> forge.comment(7, "bob", "comment " + i));
                forge.comment(8, "bob", "another pull request");
                assertThat(comments(forge, 7, Instant.EPOCH))
                        .hasSize(50)
                        .anySatisfy(it -> assertThat(it.body()).isEqualTo("comment 49"));
                assertThat(comments(forge, 7, Instant.now().plusSeconds(60))).isEmpty();
            }
            gitLab.comment(7, "bob", "added 1 commit");
            assertThat(comments(gitLab, 7, Instant.EPOCH)).hasSize(50);
        }
    }

    @Test
    void statusIsFoundBehindThoseOfManyOthers() throws Exception {
        try (var gitHub = new FakeGitHub()) {
            write(gitHub, status(State.Success, "text"));
            IntStream.range(0, 250).forEach(i -> gitHub.add(COMMIT, "other/" + i, "", "success", ""));
            assertThat(shows(gitHub, status(State.Success, "text"))).isTrue();
            assertThat(gitHub.requests().stream().filter(it -> it.startsWith("GET")))
                    .hasSize(3);
        }
    }

    @Test
    void statusThatGitHubRefusesIsOneOfItsCommit() throws Exception {
        try (var gitHub = new FakeGitHub()) {
            IntStream.range(0, 1000).forEach(_ -> gitHub.add(COMMIT, NAME, "", "pending", ""));
            assertThat(failure(gitHub, status(State.Success, "text")))
                    .returns(Kind.Refused, ForgeException::kind)
                    .hasMessage(
                            "127.0.0.1:%s refuses the status of commit %s of team/app (answer 422): the commit may be gone,"
                                            .formatted(gitHub.url().replaceAll(".*:", ""), COMMIT)
                                    + " or have too many statuses");
            assertThat(failure(
                            gitHub,
                            new NamedStatus(
                                    NAME,
                                    FakeForge.UNKNOWN,
                                    "refs/heads/main",
                                    status(State.Success, "text").status(),
                                    null)))
                    .returns(Kind.Refused, ForgeException::kind);
        }
    }

    @ParameterizedTest
    @EnumSource(ForgeType.class)
    void tokenThatIsNotAcceptedIsSaid(ForgeType type) throws Exception {
        try (var forge = fake(type)) {
            var denied = failure(address(type, forge), "another token", status(State.Success, "text"));
            assertThat(denied)
                    .returns(Kind.Denied, ForgeException::kind)
                    .hasMessageContaining("does not accept the token of spec.forge.token for team/app: it needs ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "401, Denied",
        "403, Denied",
        "404, NotFound",
        "301, NotFound",
        "307, NotFound",
        "500, Unavailable",
        "502, Unavailable",
        "418, Unavailable",
        "422, Refused"
    })
    void answersAreToldApart(int code, Kind kind) throws Exception {
        try (var gitHub = new FakeGitHub()) {
            gitHub.breakDown(Reply.of(code, "{\"message\": \"<b>whatever</b> it says\"}"));
            assertThat(failure(gitHub, status(State.Success, "text")))
                    .returns(kind, ForgeException::kind)
                    .hasMessageNotContaining("whatever");
        }
    }

    /** A redirect would take the token to another address, such as one of the cluster. */
    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void redirectIsNotFollowed(int code) throws Exception {
        try (var gitHub = new FakeGitHub();
                var other = new FakeGitHub()) {
            gitHub.breakDown(
                    new Reply(code, Map.of("Location", other.url() + "/api/v3/repos/team/app/statuses/" + COMMIT), ""));
            assertThat(failure(gitHub, status(State.Success, "text"))).hasMessageContaining("correct spec.forge.url");
            assertThat(other.requests()).isEmpty();
        }
    }

    @Test
    void limitsOfRequestsAreWaitedFor() throws Exception {
        try (var gitHub = new FakeGitHub()) {
            var reset = NOW.plusSeconds(900);
            var limits = List.of(
                    Map.entry(
                            new Reply(
                                    403,
                                    Map.of(
                                            "X-RateLimit-Remaining",
                                            "0",
                                            "X-RateLimit-Reset",
                                            "" + reset.getEpochSecond()),
                                    "{}"),
                            reset),
                    Map.entry(
                            new Reply(
                                    429,
                                    Map.of("RateLimit-Remaining", "0", "RateLimit-Reset", "" + reset.getEpochSecond()),
                                    ""),
                            reset),
                    Map.entry(new Reply(429, Map.of("Retry-After", "30"), ""), NOW.plusSeconds(30)),
                    Map.entry(new Reply(403, Map.of("Retry-After", "60"), "{}"), NOW.plusSeconds(60)),
                    Map.entry(
                            Reply.of(403, "{\"message\": \"You have exceeded a secondary rate limit\"}"),
                            NOW.plusSeconds(60)),
                    Map.entry(Reply.of(429, "slow down"), NOW.plusSeconds(60)),
                    Map.entry(new Reply(429, Map.of("Retry-After", "999999999999"), ""), NOW.plusSeconds(7200)),
                    Map.entry(new Reply(429, Map.of("Retry-After", "-1"), ""), NOW.plusSeconds(60)),
                    Map.entry(new Reply(429, Map.of("Retry-After", "0"), ""), NOW.plusSeconds(1)));
            for (var limit : limits) {
                gitHub.plan(limit.getKey());
                assertThat(failure(gitHub, status(State.Success, "text")))
                        .as("%s", limit.getKey())
                        .returns(Kind.RateLimited, ForgeException::kind)
                        .returns(limit.getValue(), it -> it.until().orElseThrow());
            }
        }
    }

    @Test
    void endOfATokenIsKnown() throws Exception {
        try (var gitHub = new FakeGitHub();
                var gitLab = new FakeGitLab()) {
            gitHub.plan(
                    new Reply(200, Map.of("GitHub-Authentication-Token-Expiration", "2026-12-05 10:11:12 UTC"), "{}"));
            gitLab.expireOn("2026-12-06");
            assertThat(expiry(gitHub)).contains(Instant.parse("2026-12-05T10:11:12Z"));
            gitHub.plan(new Reply(
                    200, Map.of("GitHub-Authentication-Token-Expiration", "2026-12-05 10:11:12 +0500"), "{}"));
            assertThat(expiry(gitHub)).contains(Instant.parse("2026-12-05T05:11:12Z"));
            assertThat(expiry(gitLab)).contains(Instant.parse("2026-12-06T00:00:00Z"));
            assertThat(expiry(gitHub)).as("a token that does not expire").isEmpty();
            gitHub.plan(new Reply(200, Map.of("GitHub-Authentication-Token-Expiration", "soon"), "{}"));
            assertThat(expiry(gitHub)).isEmpty();
            gitLab.plan(Reply.of(403, "{}"));
            assertThat(expiry(gitLab)).as("a token that may not read itself").isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "[]",
                "{\"statuses\": \"x\"}",
                "null",
                "{\"statuses\": [1, null, {\"context\": {}}]}"
            })
    void answersThatAreNoneOfTheApiEndNothingElse(String body) throws Exception {
        try (var gitHub = new FakeGitHub();
                var gitLab = new FakeGitLab()) {
            gitHub.breakDown(Reply.of(200, body));
            gitLab.breakDown(Reply.of(200, body));
            for (FakeForge forge : List.of(gitHub, gitLab)) {
                try {
                    assertThat(shows(forge, status(State.Success, "text"))).isFalse();
                } catch (ForgeException e) {
                    assertThat(e).hasMessageContaining("check spec.forge.type and spec.forge.url");
                }
            }
        }
    }

    @Test
    void hugeAnswerIsNotReadToItsEnd() throws Exception {
        try (var gitHub = new FakeGitHub()) {
            gitHub.breakDown(Reply.of(200, "\"" + "x".repeat(5 << 20) + "\""));
            assertThat(failure(gitHub, status(State.Success, "text"))).hasMessageContaining("sends too much");
            gitHub.breakDown(Reply.of(200, "[" + "1,".repeat(400_000) + "1]"));
            assertThat(failure(gitHub, status(State.Success, "text"))).hasMessageContaining("sends too much");
        }
    }

    @Test
    void addressesOfTheOperatorAreNotCalled() throws Exception {
        try (var gitHub = new FakeGitHub()) {
            var address = address(ForgeType.GitHub, gitHub);
            var failure = catchThrowableOfType(
                    ForgeException.class,
                    () -> forges(false)
                            .call(
                                    "tests",
                                    login(address, TOKEN),
                                    it -> it.missing(List.of(status(State.Success, "t")))));
            assertThat(failure).hasMessageContaining("a loopback address, to which Hearth never connects");
            assertThat(gitHub.requests()).isEmpty();
        }
    }

    @Test
    void nobodyWhoAnswersIsSaid() throws Exception {
        var gitHub = new FakeGitHub();
        gitHub.close();
        assertThat(failure(gitHub, status(State.Success, "text")))
                .returns(Kind.Unavailable, ForgeException::kind)
                .hasMessageContaining("does not answer: check that it runs");
    }

    /** In a URL it would lead to another answer of the forge. An account that was deleted has no name. */
    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "..."})
    void accountWithoutANameMayNotWrite(String name) throws Exception {
        try (var gitHub = new FakeGitHub();
                var gitLab = new FakeGitLab()) {
            for (var forge : List.of(gitHub, gitLab)) {
                boolean may =
                        FORGES.call("tests", login(address(forge), TOKEN), it -> it.mayWrite(new Account(name, name)));
                assertThat(may).isFalse();
                assertThat(forge.requests()).isEmpty();
            }
        }
    }

    private static FakeForge fake(ForgeType type) throws IOException {
        return type == ForgeType.GitLab ? new FakeGitLab() : new FakeGitHub();
    }

    private static NamedStatus status(State state, String description) {
        return new NamedStatus(NAME, COMMIT, "refs/heads/main", new CommitStatus(state, description), null);
    }

    private static ForgeAddress address(ForgeType type, FakeForge forge) {
        return new ForgeAddress(type, forge.url() + (type == ForgeType.GitLab ? "/api/v4" : "/api/v3"), "team/app");
    }

    private static ForgeAddress address(FakeForge forge) {
        return address(
                switch (forge) {
                    case FakeGitHub _ -> ForgeType.GitHub;
                    case FakeGitLab _ -> ForgeType.GitLab;
                },
                forge);
    }

    private static boolean shows(FakeForge forge, NamedStatus status) throws ForgeException {
        return FORGES.call(
                "tests",
                login(address(forge), TOKEN),
                it -> it.missing(List.of(status)).isEmpty());
    }

    private static PullRequest pullRequest(FakeForge forge, long number) throws ForgeException {
        return FORGES.call("tests", login(address(forge), TOKEN), it -> it.pullRequest(number));
    }

    private static boolean mayWrite(FakeForge forge, String name) throws ForgeException {
        var account = new Account(name, String.valueOf(FakeForge.id(name)));
        return FORGES.call("tests", login(address(forge), TOKEN), it -> it.mayWrite(account));
    }

    private static List<Comment> comments(FakeForge forge, long number, Instant since) throws ForgeException {
        return FORGES.call("tests", login(address(forge), TOKEN), it -> it.comments(number, since));
    }

    private static Optional<Instant> expiry(FakeForge forge) throws ForgeException {
        return FORGES.call("tests", login(address(forge), TOKEN), ForgeApi::tokenExpiry);
    }

    private static void write(FakeForge forge, NamedStatus status) throws ForgeException {
        FORGES.call("tests", login(address(forge), TOKEN), it -> {
            it.write(status);
            return true;
        });
    }

    private static ForgeException failure(FakeForge forge, NamedStatus status) {
        return failure(address(forge), FakeForge.TOKEN, status);
    }

    private static ForgeException failure(ForgeAddress address, String token, NamedStatus status) {
        return catchThrowableOfType(
                ForgeException.class,
                () -> FORGES.call("tests", login(address, new Token(token)), it -> {
                    if (!it.missing(List.of(status)).isEmpty()) {
                        it.write(status);
                    }
                    return true;
                }));
    }
}
