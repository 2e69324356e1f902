package dev.hearth.forge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hearth.api.ForgeType;
import dev.hearth.authority.AddedAuthorities;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import dev.hearth.config.TestConfig;
import dev.hearth.core.forge.CheckDetails;
import dev.hearth.core.forge.CheckDetails.Annotation;
import dev.hearth.core.forge.CheckDetails.Level;
import dev.hearth.core.forge.CommitStatus;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.forge.FakeForge.Reply;
import dev.hearth.forge.FakeGitHubApp.CheckRun;
import dev.hearth.forge.ForgeCredential.App;
import dev.hearth.forge.ForgeException.Kind;
import dev.hearth.testbed.PassingClock;
import java.io.IOException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A GitHub App and its check runs, against a server that answers as GitHub's documentation says. */
class GitHubAppTest {
    private static final String COMMIT = "1".repeat(40);
    private static final String NAME = "hearth/app";
    private static final CheckDetails DETAILS = new CheckDetails("| step |", List.of(), false, null);
    private static final App APP =
            new App(FakeGitHubApp.ID, AppKey.parse(FakeGitHubApp.key()).orElseThrow());

    private final PassingClock clock = new PassingClock(Instant.parse("2026-11-29T12:00:00Z"));
    private final FakeGitHub gitHub;
    private final ForgeClient forges;

    GitHubAppTest() throws IOException {
        gitHub = new FakeGitHub(clock);
        forges = new ForgeClient(
                new ResponseBudget(ResponseLimits.ofHeap(300L << 20)),
                TestConfig.of(Map.of("network.loopback", true)),
                clock);
    }

    @AfterEach
    void close() {
        gitHub.close();
    }

    @ParameterizedTest
    @CsvSource({
        "Waiting, queued, ''",
        "Running, in_progress, ''",
        "NeedsApproval, completed, action_required",
        "Success, completed, success",
        "Failure, completed, failure",
        "Cancelled, completed, cancelled"
    })
    void checkRunShowsWhatWasWritten(State state, String status, String conclusion) throws Exception {
        var wanted = named(state, "23 of 25 build steps cached", DETAILS);
        assertThat(shows(wanted)).isFalse();
        write(wanted);
        assertThat(runs()).singleElement().satisfies(run -> {
            assertThat(run.name()).isEqualTo(NAME);
            assertThat(run.status()).isEqualTo(status);
            assertThat(run.conclusion()).isEqualTo(conclusion);
            assertThat(run.title()).isEqualTo("23 of 25 build steps cached");
            assertThat(run.summary()).isEqualTo("| step |");
            assertThat(run.buttons()).isEmpty();
        });
        assertThat(shows(wanted)).isTrue();
        write(wanted);
        assertThat(runs()).hasSize(1);
        assertThat(shows(named(state, "another text", DETAILS))).isFalse();
        assertThat(shows(named(
                        state, "23 of 25 build steps cached", new CheckDetails("another", List.of(), false, null))))
                .isFalse();
        assertThat(shows(named(state, "23 of 25 build steps cached", null)))
                .as("the run was deleted, so its details are not known")
                .isTrue();
    }

    /** GitHub never removes an annotation of a check run, and does not promise to open one again. */
    @Test
    void checkRunGoesOnUntilItIsCompletedAndThenThereIsAnother() throws Exception {
        write(named(State.Waiting, "waiting to start", DETAILS));
        write(named(State.Running, "running", DETAILS));
        write(named(State.Failure, "failed: unit", DETAILS));
        assertThat(runs()).singleElement().returns("failure", CheckRun::conclusion);
        write(named(State.Running, "running", DETAILS));
        write(named(State.Success, "1 step succeeded", DETAILS));
        assertThat(runs()).extracting(CheckRun::conclusion).containsExactly("failure", "success");
    }

    @Test
    void approvalIsAButton() throws Exception {
        var wanted = named(State.NeedsApproval, "waiting", new CheckDetails("files", List.of(), true, null));
        write(wanted);
        assertThat(runs())
                .singleElement()
                .satisfies(run -> assertThat(run.buttons())
                        .singleElement()
                        .satisfies(button ->
                                assertThat(button.path("identifier").asText()).isEqualTo("approve")));
        assertThat(shows(wanted)).isTrue();
        write(named(State.Waiting, "waiting to start", DETAILS));
        assertThat(runs().getLast()).returns("queued", CheckRun::status);
        assertThat(runs().getLast().buttons()).isEmpty();
    }

    /** A press is for what the page showed: only the number of the check run tells which. */
    @Test
    void anotherApprovalIsAnotherCheckRun() throws Exception {
        write(named(State.NeedsApproval, "waiting", new CheckDetails("files", List.of(), true, "one")));
        var other = named(State.NeedsApproval, "waiting", new CheckDetails("files", List.of(), true, "two"));
        assertThat(shows(other)).isFalse();
        write(other);
        assertThat(shows(other)).isTrue();
        assertThat(runs()).hasSize(2);
    }

    @Test
    void checkRunInsteadOfAnotherIsMissingOnlyIfThereIsAnother() throws Exception {
        var instead = named(State.Waiting, "text", DETAILS).onlyInsteadOfAnother();
        assertThat(shows(instead)).isTrue();
        write(named(State.Success, "text", DETAILS));
        assertThat(shows(instead)).isFalse();
    }

    @Test
    void textsThatGitHubHasChangedAreNotCompared() throws Exception {
        write(named(State.Success, "text", DETAILS));
        gitHub.app().retitle(runs().getFirst(), "a text");
        assertThat(shows(named(State.Success, "text", DETAILS))).isTrue();
    }

    @Test
    void doubledCheckRunThatGoesOnIsCompleted() throws Exception {
        gitHub.app().add(COMMIT, NAME, "in_progress", "");
        gitHub.app().add(COMMIT, "another name", "in_progress", "");
        write(named(State.Success, "text", DETAILS));
        gitHub.app().add(COMMIT, NAME, "queued", "");
        assertThat(shows(named(State.Success, "text", DETAILS))).isFalse();
        write(named(State.Success, "text", DETAILS));
        assertThat(shows(named(State.Success, "text", DETAILS))).isTrue();
        gitHub.app().add(COMMIT, NAME, "in_progress", "");
        write(named(State.Running, "text", DETAILS));
        gitHub.app().add(COMMIT, NAME, "in_progress", "");
        write(named(State.Success, "text", DETAILS));
        assertThat(runs().stream().filter(run -> run.name().equals(NAME)))
                .allMatch(run -> run.status().equals("completed"))
                .last()
                .returns("success", CheckRun::conclusion);
        assertThat(runs())
                .anyMatch(run ->
                        run.name().equals("another name") && run.conclusion().isEmpty());
    }

    @Test
    void annotationsAreWrittenInPagesAndEachOnce() throws Exception {
        var wanted = named(State.Failure, "failed: unit", annotated(120));
        write(wanted);
        assertThat(runs()).singleElement().satisfies(run -> {
            assertThat(lines(run))
                    .isEqualTo(IntStream.rangeClosed(1, 120).boxed().toList());
            assertThat(run.conclusion()).isEqualTo("failure");
        });
        assertThat(gitHub.requests().stream().filter(it -> it.startsWith("P") && it.contains("/check-runs")))
                .hasSize(3);
        assertThat(shows(wanted)).isTrue();
    }

    @Test
    void brokenPageIsContinuedWhereItEnded() throws Exception {
        var wanted = named(State.Failure, "failed: unit", annotated(120));
        write(named(State.Running, "running", DETAILS));
        var requests = gitHub.requests().size();
        gitHub.failAfter(requests + 2, Reply.of(502, ""));
        assertThat(catchThrowableOfType(ForgeException.class, () -> write(wanted)))
                .returns(Kind.Unavailable, ForgeException::kind);
        gitHub.recover();
        assertThat(runs())
                .singleElement()
                .satisfies(run -> assertThat(lines(run)).hasSize(50));
        assertThat(shows(wanted)).isFalse();
        write(wanted);
        assertThat(runs()).singleElement().satisfies(run -> {
            assertThat(lines(run))
                    .isEqualTo(IntStream.rangeClosed(1, 120).boxed().toList());
            assertThat(run.conclusion()).isEqualTo("failure");
        });
    }

    /** The annotations of the result that was interrupted are of another run. */
    @Test
    void openCheckRunWithAnnotationsOfAnotherResultIsNotContinued() throws Exception {
        var requests = gitHub.requests().size();
        gitHub.failAfter(requests + 4, Reply.of(502, ""));
        assertThat(catchThrowableOfType(
                        ForgeException.class, () -> write(named(State.Failure, "failed: unit", annotated(120)))))
                .isNotNull();
        gitHub.recover();
        assertThat(runs()).singleElement().satisfies(run -> {
            assertThat(lines(run)).isNotEmpty();
            assertThat(run.conclusion()).isEmpty();
        });
        write(named(State.Failure, "failed: lint", annotated(3)));
        assertThat(runs()).extracting(CheckRun::conclusion).containsExactly("cancelled", "failure");
        assertThat(lines(runs().getLast())).containsExactly(1, 2, 3);
    }

    @Test
    void annotationThatGitHubDoesNotTakeKeepsTheResultNotBack() throws Exception {
        var bad = new CheckDetails("s", List.of(new Annotation("a", 0, Level.Failure, "t", "m")), false, null);
        write(named(State.Failure, "failed: unit", bad));
        assertThat(runs()).singleElement().satisfies(run -> {
            assertThat(run.annotations()).isEmpty();
            assertThat(run.conclusion()).isEqualTo("failure");
        });
        assertThat(shows(named(State.Failure, "failed: unit", bad))).isTrue();
    }

    @Test
    void newestOfManyCheckRunsCounts() throws Exception {
        IntStream.range(0, 1000).forEach(_ -> gitHub.app().add(COMMIT, NAME, "completed", "failure"));
        write(named(State.Success, "text", DETAILS));
        assertThat(runs()).hasSize(1000);
        assertThat(shows(named(State.Success, "text", DETAILS))).isTrue();
    }

    @Test
    void commitThatGitHubDoesNotHaveIsRefusedAlone() {
        var unknown = new NamedStatus(
                NAME, FakeForge.UNKNOWN, "refs/heads/main", new CommitStatus(State.Success, "text"), DETAILS);
        assertThat(failure(APP, unknown)).returns(Kind.Refused, ForgeException::kind);
    }

    @Test
    void tokenIsOfOneRepositoryAndKeptUntilShortlyBeforeItExpires() throws Exception {
        write(named(State.Running, "running", DETAILS));
        assertThat(shows(named(State.Running, "running", DETAILS))).isTrue();
        assertThat(gitHub.app().asked()).singleElement().satisfies(asked -> {
            assertThat(asked.path("repositories").toString()).isEqualTo("[\"app\"]");
            assertThat(asked.path("permissions").properties())
                    .extracting(Object::toString)
                    .containsExactlyInAnyOrder("checks=\"write\"", "pull_requests=\"read\"", "metadata=\"read\"");
        });
        clock.pass(Duration.ofMinutes(54));
        assertThat(shows(named(State.Running, "running", DETAILS))).isTrue();
        assertThat(gitHub.app().asked()).hasSize(1);
        clock.pass(Duration.ofMinutes(2));
        assertThat(shows(named(State.Running, "running", DETAILS))).isTrue();
        assertThat(gitHub.app().asked()).hasSize(2);
        assertThat(gitHub.requests().stream().filter(it -> it.endsWith("/installation")))
                .as("the installation is kept")
                .hasSize(1);
    }

    @Test
    void tokenThatEndedEarlyIsAskedForAgainOnce() throws Exception {
        write(named(State.Running, "running", DETAILS));
        gitHub.app().revokeTokens();
        write(named(State.Success, "text", DETAILS));
        assertThat(runs()).singleElement().returns("success", CheckRun::conclusion);
        assertThat(gitHub.app().asked()).hasSize(2);

        gitHub.breakDown(Reply.of(401, "{}"));
        var before = gitHub.requests().size();
        assertThat(failure(APP, named(State.Success, "other", DETAILS))).returns(Kind.Denied, ForgeException::kind);
        assertThat(gitHub.requests()).hasSize(before + 2);
    }

    @Test
    void appThatIsNotInstalledIsSaidAndWhere() throws Exception {
        gitHub.app().uninstall();
        assertThat(failure(APP, named(State.Success, "text", DETAILS)))
                .returns(Kind.NotFound, ForgeException::kind)
                .hasMessage("GitHub App 4711 is not installed at team/app of %s: install it at %s, and choose this"
                                .formatted(
                                        gitHub.url().replace("http://", ""),
                                        gitHub.url() + "/apps/hearth-of-team/installations/new")
                        + " repository");
    }

    @Test
    void appThatIsRemovedLaterIsSaidAtTheNextAttempt() throws Exception {
        write(named(State.Running, "running", DETAILS));
        gitHub.app().uninstall();
        var _ = failure(APP, named(State.Success, "text", DETAILS));
        assertThat(failure(APP, named(State.Success, "text", DETAILS))).hasMessageContaining("is not installed");
    }

    @Test
    void suspensionIsSaid() {
        gitHub.app().suspend();
        assertThat(failure(APP, named(State.Success, "text", DETAILS)))
                .returns(Kind.Denied, ForgeException::kind)
                .hasMessageContaining("is suspended at team/app");
    }

    @Test
    void permissionThatIsMissingIsNamed() throws Exception {
        gitHub.app().permit("checks", "read");
        assertThat(failure(APP, named(State.Success, "text", DETAILS)))
                .returns(Kind.Denied, ForgeException::kind)
                .hasMessageContaining("it needs Checks: read and write, Pull requests: read");
        gitHub.app().permit("checks", "write");
        write(named(State.Success, "text", DETAILS));
    }

    @Test
    void keyOfAnotherAppIsSaid() {
        var other =
                new App(FakeGitHubApp.ID, AppKey.parse(FakeGitHubApp.otherKey()).orElseThrow());
        assertThat(failure(other, named(State.Success, "text", DETAILS)))
                .returns(Kind.Denied, ForgeException::kind)
                .hasMessageContaining("does not accept the key of the App of spec.forge.app");
    }

    @Test
    void keyIsReadInBothForms() {
        assertThat(AppKey.parse(FakeGitHubApp.key())).isEqualTo(AppKey.parse(FakeGitHubApp.convertedKey()));
        assertThat(AppKey.parse("\n" + FakeGitHubApp.key() + "\n")).isPresent();
        assertThat(AppKey.parse(FakeGitHubApp.key())).isNotEqualTo(AppKey.parse(FakeGitHubApp.otherKey()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----",
                "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAJ\n-----END PUBLIC KEY-----"
            })
    void otherTextsAreNoKey(String text) {
        assertThat(AppKey.parse(text)).isEmpty();
    }

    /** Whoever knows the public key must not be taken for who has the private one. */
    @Test
    void keyIsOneAndItsPrivatePartCounts() throws Exception {
        var pair = FakeGitHubApp.newKey();
        var foreign = FakeGitHubApp.newKey();
        var publicKey = FakeGitHubApp.pem("PUBLIC KEY", pair.getPublic().getEncoded());
        var privateKey = FakeGitHubApp.pem("PRIVATE KEY", foreign.getPrivate().getEncoded());
        assertThat(AppKey.parse(publicKey + privateKey)).isEmpty();
        assertThat(AppKey.parse(privateKey + publicKey)).isEmpty();

        var known = (RSAPrivateCrtKey) pair.getPrivate();
        var other = (RSAPrivateCrtKey) foreign.getPrivate();
        var forged = KeyFactory.getInstance("RSA")
                .generatePrivate(new RSAPrivateCrtKeySpec(
                        known.getModulus(),
                        known.getPublicExponent(),
                        other.getPrivateExponent(),
                        other.getPrimeP(),
                        other.getPrimeQ(),
                        other.getPrimeExponentP(),
                        other.getPrimeExponentQ(),
                        other.getCrtCoefficient()));
        assertThat(AppKey.parse(FakeGitHubApp.pem("PRIVATE KEY", forged.getEncoded())))
                .isPresent()
                .isNotEqualTo(AppKey.parse(
                        FakeGitHubApp.pem("PRIVATE KEY", pair.getPrivate().getEncoded())));
    }

    /** It would deny the rights of everybody, and the press or comment would be lost. */
    @Test
    void brokenAppIsNotAUserWhoMayNotWrite() throws Exception {
        gitHub.addWriter("ada");
        gitHub.app().suspend();
        assertThat(catchThrowableOfType(ForgeException.class, () -> call(it -> it.mayWrite(new Account("ada", "1")))))
                .returns(Kind.Denied, ForgeException::kind);
        gitHub.app().uninstall();
        assertThat(catchThrowableOfType(ForgeException.class, () -> call(it -> it.mayWrite(new Account("ada", "1")))))
                .returns(Kind.NotFound, ForgeException::kind);
        gitHub.breakDown(Reply.of(401, "{}"));
        assertThat(catchThrowableOfType(ForgeException.class, () -> call(it -> it.mayWrite(new Account("ada", "1")))))
                .returns(Kind.Denied, ForgeException::kind);
    }

    @Test
    void pullRequestsAndRightsAreReadByTheApp() throws Exception {
        gitHub.addWriter("ada");
        boolean ada = call(it -> it.mayWrite(new Account("ada", "1")));
        boolean bob = call(it -> it.mayWrite(new Account("bob", "2")));
        assertThat(ada).isTrue();
        assertThat(bob).isFalse();
    }

    private static List<Integer> lines(CheckRun run) {
        return run.annotations().stream()
                .map((JsonNode it) -> it.path("start_line").asInt())
                .toList();
    }

    private static CheckDetails annotated(int count) {
        return new CheckDetails(
                "s",
                IntStream.rangeClosed(1, count)
                        .mapToObj(line -> new Annotation("src/a.py", line, Level.Failure, "test " + line, "m"))
                        .toList(),
                false,
                null);
    }

    private static NamedStatus named(State state, String description, @Nullable CheckDetails details) {
        return new NamedStatus(NAME, COMMIT, "refs/heads/main", new CommitStatus(state, description), details);
    }

    private List<CheckRun> runs() {
        return gitHub.app().runs(COMMIT);
    }

    private boolean shows(NamedStatus status) throws ForgeException {
        return call(it -> it.missing(List.of(status)).isEmpty());
    }

    private void write(NamedStatus status) throws ForgeException {
        var _ = call(it -> {
            it.write(status);
            return true;
        });
    }

    private ForgeException failure(App app, NamedStatus status) {
        return catchThrowableOfType(
                ForgeException.class,
                () -> forges.call(
                        "tests", login(app), it -> it.missing(List.of(status)).isEmpty()));
    }

    private <T> T call(ForgeClient.Work<T> work) throws ForgeException {
        return forges.call("tests", login(APP), work);
    }

    private ForgeAddress address() {
        return new ForgeAddress(ForgeType.GitHub, gitHub.url() + "/api/v3", "team/app");
    }

    private ForgeLogin login(ForgeCredential credential) {
        return new ForgeLogin(address(), credential, AddedAuthorities.NONE);
    }
}
