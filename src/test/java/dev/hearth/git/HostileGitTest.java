package dev.hearth.git;

import static dev.hearth.git.GitServer.BUDGET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hearth.git.GitException.Reason;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
@Tag("slow")
class HostileGitTest {
    private static HostileGitServer server;

    @BeforeAll
    static void start() throws IOException {
        server = HostileGitServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private static GitException listing(GitRemote remote) {
        return catchThrowableOfType(
                GitException.class, () -> new RemoteRefs(BUDGET).read(remote, RemoteRefs.Listing::commits));
    }

    @Test
    void stopsReadingRefsThatNeverEnd() {
        var failure = listing(server.remote("a", "refs"));

        assertThat(failure.reason()).isEqualTo(Reason.TooLarge);
        assertThat(failure).hasMessageContaining("more than 9600 KiB, the limit");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "x-gzip"})
    void countsRefsAfterTheyAreUnpacked(String encoding) throws IOException {
        try (var http = GitServer.start()) {
            http.answer("/refs.git/", exchange -> {
                try (exchange) {
                    var headers = exchange.getResponseHeaders();
                    headers.add("Content-Type", "application/x-git-upload-pack-advertisement");
                    headers.add("Content-Encoding", encoding);
                    exchange.sendResponseHeaders(200, 0);
                    var out = new BufferedOutputStream(new GZIPOutputStream(exchange.getResponseBody()));
                    out.write("001e# service=git-upload-pack\n0000".getBytes(StandardCharsets.US_ASCII));
                    HostileGitServer.refs(out);
                }
            });

            assertThat(listing(http.http("refs.git")).reason()).isEqualTo(Reason.TooLarge);
        }
    }

    /** A pack that announces what no array can hold, deltas that hold their bases, and what comes before a pack. */
    @ParameterizedTest
    @CsvSource({
        "objects, commits and directories",
        "deltas, unpacks to more than",
        "shallow, KiB, the limit",
        "trees, KiB, the limit"
    })
    void stopsReadingAPackThatTakesMoreThanItHas(String path, String why) {
        var failure = catchThrowableOfType(
                GitException.class,
                () -> new CommitFiles(BUDGET)
                        .hashes(server.remote("a", path), HostileGitServer.COMMIT, Set.of(), _ -> Map.of()));

        assertThat(failure).hasMessageContaining(why);
        assertThat(failure.reason()).isEqualTo(Reason.TooLarge);
    }

    /** With the heap of the chart's 512 MiB, and its threads. */
    @Test
    void manyAtOnceLeaveTheHeapAndAHealthyRepositoryAlone() throws Exception {
        try (var healthy = GitServer.start()) {
            var repository = healthy.create("healthy");
            var commit = repository.commit("refs/heads/main", "a", "1");
            var client = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx300m",
                            "-XX:+UseSerialGC",
                            "-Djdk.virtualThreadScheduler.parallelism=8",
                            "-XX:+ExitOnOutOfMemoryError",
                            "-cp",
                            System.getProperty("java.class.path"),
                            HostileClients.class.getName(),
                            String.valueOf(server.port()),
                            repository.git().url(),
                            commit)
                    .redirectErrorStream(true)
                    .start();
            var said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(client.waitFor()).as(said).isZero();
        }
    }

    @Test
    void leavesAServerThatIsSlow() {
        var failure = catchThrowableOfType(
                GitException.class,
                () -> new RemoteRefs(BUDGET, Duration.ofMillis(300))
                        .read(server.remote("a", "slow"), RemoteRefs.Listing::commits));

        assertThat(failure.reason()).isEqualTo(Reason.Unreachable);
        assertThat(failure).hasMessageContaining("did not answer within 0.3 s");
    }
}
