package dev.hearth.git;

import static dev.hearth.git.GitServer.BUDGET;
import static dev.hearth.git.GitServer.budget;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hearth.git.GitException.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@Tag("slow")
class CommitHistoryTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String MAIN = "refs/heads/main";
    private static final String UNKNOWN = "0123456789012345678901234567890123456789";
    private static final List<Integer> STEPS = List.of(1, PartialFetch.EVERYTHING);
    private static GitServer server;

    @BeforeAll
    static void start() throws IOException {
        server = GitServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    /** One that finds all in its first fetch, and one that has to go on to the whole history. */
    static Stream<CommitHistory> histories() {
        return Stream.of(new CommitHistory(BUDGET), new CommitHistory(BUDGET, LONG, STEPS));
    }

    private static GitException failure(CommitHistory history, GitRemote remote, String ref, String commit) {
        var failure = catchThrowableOfType(GitException.class, () -> history.contains(remote, ref, commit));
        assertThat(failure).isNotNull();
        return failure;
    }

    @ParameterizedTest
    @MethodSource("histories")
    void knowsTheCommitsOfABranchFromOthers(CommitHistory history) throws Exception {
        var repository = server.create("history-" + System.identityHashCode(history));
        var first = repository.commit(MAIN, "a", "1");
        var second = repository.commit(MAIN, "a", "2", first);
        var side = repository.commit("refs/heads/side", "b", "1", first);
        var tip = repository.commit(MAIN, "a", "3", second, side);
        var fork = repository.commit("refs/pull/1/head", "a", "evil", tip);
        var dropped = repository.commit("refs/heads/rewritten", "a", "dropped", first);
        repository.commit("refs/heads/rewritten", "a", "kept", first);

        for (GitRemote remote : Stream.of(repository.git(), repository.http()).toList()) {
            assertThat(history.contains(remote, MAIN, tip)).isTrue();
            assertThat(history.contains(remote, MAIN, second)).isTrue();
            assertThat(history.contains(remote, MAIN, side)).isTrue();
            assertThat(history.contains(remote, MAIN, first)).isTrue();
            assertThat(history.contains(remote, "refs/pull/1/head", fork)).isTrue();
            assertThat(history.contains(remote, "refs/pull/1/head", first)).isTrue();

            assertThat(history.contains(remote, MAIN, fork)).isFalse();
            assertThat(history.contains(remote, "refs/heads/side", tip)).isFalse();
            assertThat(history.contains(remote, "refs/heads/rewritten", dropped))
                    .isFalse();
            assertThat(history.contains(remote, MAIN, UNKNOWN)).isFalse();
        }
    }

    /** What makes the question necessary: the server gives a fork's commit to whoever asks for it by id. */
    @Test
    void isNotMisledByAServerThatHandsOutForks() throws Exception {
        var repository = server.create("forks");
        var tip = repository.commit(MAIN, "a", "1");
        var fork = repository.commit("refs/pull/1/head", "a", "evil", tip);
        var clone = server.create("clone");

        clone.git("fetch", "-q", repository.git().url(), fork);

        assertThat(clone.git("cat-file", "-t", fork)).isEqualTo("commit");
        assertThat(new CommitHistory(BUDGET).contains(repository.git(), MAIN, fork))
                .isFalse();
    }

    @Test
    void looksThroughAnAnnotatedTag() throws Exception {
        var repository = server.create("tagged");
        var first = repository.commit(MAIN, "a", "1");
        var second = repository.commit(MAIN, "a", "2", first);
        repository.git("tag", "-a", "-m", "two", "v2", second);
        var tagId = repository.git("rev-parse", "refs/tags/v2");
        var history = new CommitHistory(BUDGET);

        assertThat(history.contains(repository.git(), "refs/tags/v2", second)).isTrue();
        assertThat(history.contains(repository.git(), "refs/tags/v2", first)).isTrue();
        assertThat(history.contains(repository.git(), "refs/tags/v2", tagId)).isFalse();
    }

    @Test
    void isNotConfusedByAClockThatWentWrong() throws Exception {
        var repository = server.create("clock");
        var first = repository.commit(MAIN, "a", "1");
        var tree = repository.git("rev-parse", first + "^{tree}");
        var old = repository.git("-c", "user.name=Ada", "commit-tree", tree, "-m", "from the future", "-p", first);
        var text = repository.git("cat-file", "commit", old).replaceAll("> \\d+ ", "> 1 ");
        var file = Files.writeString(Files.createTempFile("commit", ""), text + "\n");
        var skewed = repository.git("hash-object", "-t", "commit", "-w", file.toString());
        Files.delete(file);
        var tip = repository.commit(MAIN, "a", "3", skewed);

        assertThat(new CommitHistory(BUDGET).contains(repository.git(), MAIN, first))
                .isTrue();
        assertThat(new CommitHistory(BUDGET).contains(repository.git(), MAIN, skewed))
                .isTrue();
        assertThat(new CommitHistory(BUDGET).contains(repository.git(), MAIN, tip))
                .isTrue();
    }

    @Test
    void fetchesCommitsWithoutFiles() throws Exception {
        var repository = server.create("large");
        var first = repository.commit(MAIN, "a", noise(300_000));
        repository.commit(MAIN, "a", noise(300_000), first);
        var small = new CommitHistory(budget(20_000), LONG, STEPS);

        assertThat(small.contains(repository.git(), MAIN, first)).isTrue();
        assertThat(small.contains(repository.http(), MAIN, first)).isTrue();
    }

    @Test
    void managesWithAServerThatCannotFilterAndStopsWhereItSendsTooMuch() throws Exception {
        var repository = server.create("unfiltered");
        repository.git("config", "uploadpack.allowFilter", "false");
        var first = repository.commit(MAIN, "a", noise(300_000));
        repository.commit(MAIN, "a", noise(300_000), first);

        var found = new CommitHistory(BUDGET).contains(repository.http(), MAIN, first);
        var failure = failure(new CommitHistory(budget(20_000), LONG, STEPS), repository.http(), MAIN, first);

        assertThat(found).isTrue();
        assertThat(failure.reason()).isEqualTo(Reason.TooLarge);
        assertThat(failure).hasMessageContaining("sends too much");
    }

    private static String noise(int bytes) {
        var noise = new byte[bytes];
        new Random(bytes).nextBytes(noise);
        return HexFormat.of().formatHex(noise);
    }

    @Test
    void readsAPrivateRepositoryWithCredentialsOnly() throws Exception {
        var repository = server.create("private/history");
        var first = repository.commit(MAIN, "a", "1");
        repository.commit(MAIN, "a", "2", first);
        var url = repository.http().url();
        var history = new CommitHistory(BUDGET);

        assertThat(history.contains(new GitRemote("tests", url, GitServer.CREDENTIALS, true), MAIN, first))
                .isTrue();
        assertThat(failure(history, new GitRemote("tests", url, null, true), MAIN, first)
                        .reason())
                .isEqualTo(Reason.AuthenticationFailed);
    }

    @Test
    void takesNoRedirect() {
        var requests = new AtomicInteger();
        server.answer("/elsewhere.git/", exchange -> {
            try (exchange) {
                requests.incrementAndGet();
                exchange.sendResponseHeaders(401, -1);
            }
        });
        server.answer("/redirected.git/", exchange -> {
            try (exchange) {
                exchange.getResponseHeaders()
                        .add("Location", server.http("elsewhere.git/info/refs").url());
                exchange.sendResponseHeaders(302, -1);
            }
        });
        var remote = new GitRemote("tests", server.http("redirected.git").url(), GitServer.CREDENTIALS, true);

        assertThat(failure(new CommitHistory(BUDGET), remote, MAIN, UNKNOWN))
                .hasMessageContaining("redirects to another URL");
        assertThat(requests).hasValue(0);
    }

    @Test
    void saysThatARefIsMissing() {
        var repository = server.create("no-ref");
        var commit = repository.commit(MAIN, "a", "1");

        var failure = failure(new CommitHistory(BUDGET), repository.git(), "refs/heads/mai", commit);

        assertThat(failure.reason()).isEqualTo(Reason.RefNotFound);
        assertThat(failure).hasMessageContaining("has no ref refs/heads/mai");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "main",
                "HEAD",
                UNKNOWN,
                "refs/heads/*",
                "+refs/heads/main",
                "refs/heads/main:refs/heads/other",
                "^refs/heads/main",
                "--upload-pack=id",
                "refs/heads/a\nb",
                "refs/heads/../x",
                "refs/notes/commits",
                "refs/pull/1/merge",
                ""
            })
    void refusesWhatIsNoRef(String ref) {
        var failure = failure(new CommitHistory(BUDGET), server.git("never-asked.git"), ref, UNKNOWN);

        assertThat(failure.reason()).isEqualTo(Reason.Invalid);
        assertThat(failure).hasMessageContaining("the ref is not the full name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"main", "", "0123", "--option", "01234567890123456789012345678901234567zz"})
    void refusesWhatIsNoCommit(String commit) {
        var failure = failure(new CommitHistory(BUDGET), server.git("never-asked.git"), MAIN, commit);

        assertThat(failure.reason()).isEqualTo(Reason.Invalid);
        assertThat(failure).hasMessageContaining("the commit is not an id");
    }

    @Test
    void givesUpOnAServerThatHangs() throws IOException {
        try (var hanging = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var remote = new GitRemote("tests", "git://127.0.0.1:" + hanging.getLocalPort() + "/r.git", null, true);
            var history = new CommitHistory(BUDGET, Duration.ofMillis(300), STEPS);

            assertThat(failure(history, remote, MAIN, UNKNOWN).reason()).isEqualTo(Reason.Unreachable);
        }
    }
}
