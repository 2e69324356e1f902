package dev.hearth.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A registry whose answer to one kind of request never ends. */
@Timeout(60)
class HostileRegistryTest {
    private static final ResponseBudget BUDGET = new ResponseBudget(ResponseLimits.ofHeap(300L << 20));
    private static final String EMPTY =
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}";

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer server;
    private String repository;

    @TempDir
    Path temporary;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
        repository = "127.0.0.1:" + server.getAddress().getPort() + "/team/app";
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    @ParameterizedTest
    @CsvSource({"GET, 200", "GET, 404", "GET, 500", "PUT, 201", "PUT, 500", "TOKEN, 200", "TOKEN, 500"})
    void noAnswerToAPublicationIsReadToItsEnd(String method, int status) {
        hostile(method, status);
        var image = new PlatformImage("linux/amd64", RegistryServer.digest(EMPTY));

        tooLarge(() -> new ImageIndexes(BUDGET, true)
                .publish("tests", repository, List.of(image), List.of("main"), null, true));
    }

    @ParameterizedTest
    @CsvSource({"POST, 202", "POST, 500", "DELETE, 202", "DELETE, 404"})
    void noAnswerAboutAnArtifactIsReadToItsEnd(String method, int status) throws IOException {
        hostile(method, status);
        var file = Files.writeString(temporary.resolve("layer"), "layer");
        var layer = new ArtifactLayer(file, RegistryServer.digest("layer"), 5, RegistryServer.digest("diff"));

        tooLarge(() -> {
            var images = new ArtifactImages(BUDGET, true);
            if (method.equals("DELETE")) {
                images.delete("tests", repository, layer.digest(), null, true);
            } else {
                images.push(repository, layer, null, true);
            }
        });
    }

    /** A megabyte of brackets is a tree of thirty. */
    @Test
    void takesNoTreeThatIsMuchLargerThanItsText() {
        var bomb = "{\"manifests\":[" + "{},".repeat(300_000) + "{}]}";
        server.createContext("/v2/", exchange -> answer(exchange, 200, bomb));
        var image = new PlatformImage("linux/amd64", RegistryServer.digest(bomb));
        var other = new PlatformImage("linux/arm64", RegistryServer.digest(bomb));

        var failure = catchThrowableOfType(
                RegistryException.class,
                () -> new ImageIndexes(BUDGET, true)
                        .publish("tests", repository, List.of(image, other), List.of("main"), null, true));

        assertThat(failure.isTransient()).isFalse();
    }

    private static void tooLarge(org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
        var failure = catchThrowableOfType(RegistryException.class, work);

        assertThat(failure).hasMessageContaining("sends too much");
        assertThat(failure.isTransient()).isFalse();
    }

    private void hostile(String method, int status) {
        server.createContext("/v2/", exchange -> {
            var asked = exchange.getRequestMethod();
            if (method.equals("TOKEN")) {
                exchange.getResponseHeaders()
                        .add(
                                "WWW-Authenticate",
                                "Bearer realm=\"http://" + repository.substring(0, repository.indexOf('/'))
                                        + "/token\"");
                answer(exchange, 401, "");
            } else if (asked.equals(method)) {
                endless(exchange, status);
            } else {
                answer(exchange, asked.equals("HEAD") ? 404 : 200, EMPTY);
            }
        });
        server.createContext("/token", exchange -> endless(exchange, status));
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().add("Content-Type", "application/vnd.oci.image.index.v1+json");
            var empty = text.isEmpty() || exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, empty ? -1 : 0);
            if (!empty) {
                exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static void endless(HttpExchange exchange, int status) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(status, 0);
            var part = "x".repeat(8192).getBytes(StandardCharsets.UTF_8);
            while (true) {
                exchange.getResponseBody().write(part);
            }
        }
    }
}
