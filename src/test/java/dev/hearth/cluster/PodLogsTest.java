package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hearth.testbed.FakeApiServer;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PodLogsTest {
    private FakeApiServer server;
    private PodLogs logs;
    private final Queue<InputStream> open = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void start() throws IOException {
        server = new FakeApiServer();
        logs = new PodLogs(server.client());
        server.put("/api/v1/namespaces/many/pods/p/log", "many");
        server.put("/api/v1/namespaces/one/pods/p/log", "one");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void fewLogsOfANamespaceAreReadAtOnce() throws IOException {
        // Given: as many as have a turn, none of them read to its end, and more that wait
        IntStream.range(0, 30).forEach(_ -> Thread.startVirtualThread(() -> open("many")));
        await().until(() -> open.size() == 4);

        // Then
        try (var other = logs.open("one", "p", "task")) {
            assertThat(other.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("one");
        }
        assertThat(open).hasSize(4);

        // When
        for (int closed = 0; closed < 30; closed++) {
            await().until(() -> !open.isEmpty());
            try (var log = open.remove()) {
                assertThat(log.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("many");
            }
        }
    }

    @Test
    void logThatIsNotThereTakesNoTurn() throws IOException {
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> logs.open("one", "gone", "task")).isInstanceOf(KubernetesClientException.class);
        }

        try (var log = logs.open("one", "p", "task")) {
            assertThat(log.readAllBytes()).isNotEmpty();
        }
    }

    /** Lines may be of any length. */
    @Test
    void endOfALogIsBounded() throws IOException {
        server.put("/api/v1/namespaces/one/pods/long/log", "x".repeat(100_000) + "the end");

        assertThat(logs.end("one", "long", "db", 15, 20, false)).isEqualTo("x".repeat(13) + "the end");
    }

    /** A service whose end was observed may run again, silent, by the time its log is read. */
    @Test
    void endOfASilentContainerIsThatOfItsPreviousRun() throws IOException {
        var path = "/api/v1/namespaces/one/pods/again/log";
        server.put(path, "no config\n");
        server.putOnce(path, "");
        assertThat(logs.end("one", "again", "db", 15, 20, false)).isEqualTo("no config\n");

        var only = "/api/v1/namespaces/one/pods/only/log";
        server.putOnce(only, "");
        assertThat(logs.end("one", "only", "db", 15, 20, false)).isEmpty();
    }

    /** A kubelet sends this, with a code of success, in place of the log of a container that it has just removed. */
    @Test
    @Tag("slow")
    void logThatTheNodeCouldNotReadIsReadAgainOrMissing() throws IOException {
        var path = "/api/v1/namespaces/one/pods/p/log";
        var refusal = "unable to retrieve container logs for containerd://" + "0a".repeat(32);

        server.putOnce(path, refusal);
        assertThat(logs.end("one", "p", "db", 15, 20, true)).isEqualTo("one");
        server.put(path, refusal + "\n");
        assertThatThrownBy(() -> logs.open("one", "p", "task"))
                .isInstanceOf(PodLogs.UnreadableLog.class)
                .hasMessageContaining(refusal);

        server.put(path, refusal + ", said a program");
        try (var log = logs.open("one", "p", "task")) {
            assertThat(log.readAllBytes()).asString(StandardCharsets.UTF_8).endsWith("said a program");
        }
    }

    private void open(String namespace) {
        try {
            open.add(logs.open(namespace, "p", "task"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
