package dev.hearth.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ArtifactImagesTest {
    private static final String DIFF_ID = "sha256:" + "d".repeat(64);
    private static final ResponseBudget BUDGET = new ResponseBudget(ResponseLimits.ofHeap(300L << 20));
    private static RegistryServer registry;

    private final ArtifactImages images = new ArtifactImages(BUDGET, true);

    @TempDir
    Path temporary;

    @BeforeAll
    static void start() throws IOException {
        registry = RegistryServer.open();
    }

    @AfterAll
    static void stop() throws IOException {
        registry.close();
    }

    @Test
    void pushesAnImageThatRuntimesTake() throws Exception {
        var layer = layer("files");

        var digest = images.push(registry.host() + "/team/a", layer, null, true);

        var json = registry.manifest("team/a", digest).body();
        assertThat(RegistryServer.digest(json)).isEqualTo(digest);
        var manifest = new ObjectMapper().readTree(json);
        assertThat(manifest.path("mediaType").asText()).isEqualTo("application/vnd.oci.image.manifest.v1+json");
        assertThat(manifest.path("layers").path(0).path("digest").asText()).isEqualTo(layer.digest());
        assertThat(manifest.path("layers").path(0).path("size").asLong()).isEqualTo(layer.size());
        var config = manifest.path("config").path("digest").asText();
        byte[] content = BUDGET.call("tests", Duration.ofMinutes(1), reservation -> {
            var repository = RegistryRepository.parse(registry.host() + "/team/a");
            return new BlobClient(new Connection(repository, null, true, true, reservation))
                    .open(config)
                    .readAllBytes();
        });
        assertThat(new String(content, StandardCharsets.UTF_8))
                .isEqualTo("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},"
                        + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + DIFF_ID + "\"]}}");
        try (var files = images.open(registry.host() + "/team/a", digest, null, true)) {
            assertThat(files.readAllBytes()).isEqualTo(Files.readAllBytes(layer.file()));
        }
    }

    /** A layer that is refused for want of a token would have been sent in vain. */
    @Test
    void sendsAFileOnceThoughATokenIsWanted() throws Exception {
        try (var gate = new TokenAuthProxy(registry)) {
            var repository = gate.host() + "/team/app";

            var digest = images.push(repository, layer("for a token"), RegistryServer.CREDENTIALS, true);
            var blobs = gate.puts();
            images.push(repository, layer("for a token"), RegistryServer.CREDENTIALS, true);

            assertThat(registry.manifest("team/app", digest).statusCode()).isEqualTo(200);
            assertThat(blobs)
                    .as("layer, configuration, and a manifest that is small")
                    .isLessThanOrEqualTo(4);
            assertThat(gate.puts() - blobs).as("the manifest alone").isLessThanOrEqualTo(2);
            assertThatThrownBy(() -> images.push(repository, layer("x"), new RegistryLogin("eve", "guess"), true))
                    .hasMessageContaining("rejects the credentials of spec.artifacts.credentials");
        }
    }

    @Test
    void contentThatIsNotWhatItsDigestSaysIsAnErrorAtItsEnd() throws Exception {
        try (var lying = new LyingRegistry(registry)) {
            var digest = images.push(registry.host() + "/team/lie", layer("the truth"), null, true);

            try (InputStream content = images.open(lying.host() + "/team/lie", digest, null, true)) {
                assertThatThrownBy(content::readAllBytes)
                        .isInstanceOf(IOException.class)
                        .cause()
                        .isInstanceOfSatisfying(
                                RegistryException.class,
                                cause -> assertThat(cause.isTransient()).isFalse())
                        .hasMessageContaining("does not match the digest");
            }
        }
    }

    @Test
    void deletesWhatThereIs() throws Exception {
        try (var deleting = RegistryServer.deleting()) {
            var repository = deleting.host() + "/team/gone";
            var digest = images.push(repository, layer("gone"), null, true);

            images.delete("tests", repository, digest, null, true);
            images.delete("tests", repository, digest, null, true);

            assertThat(deleting.manifest("team/gone", digest).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aRegistryThatDeletesNothingKeepsIt() throws Exception {
        var repository = registry.host() + "/team/kept";
        var digest = images.push(repository, layer("kept"), null, true);

        images.delete("tests", repository, digest, null, true);

        assertThat(registry.manifest("team/kept", digest).statusCode()).isEqualTo(200);
    }

    @Test
    void saysThatDeletingIsNotAllowed() throws Exception {
        try (var secured = RegistryServer.secured()) {
            var failure = catchThrowableOfType(
                    RegistryException.class,
                    () -> images.delete(
                            "tests", secured.host() + "/team/a", DIFF_ID, new RegistryLogin("ada", "wrong"), true));

            assertThat(failure).hasMessageContaining("rejects the credentials of spec.artifacts.credentials");
        }
    }

    private ArtifactLayer layer(String content) throws IOException {
        var file = Files.writeString(Files.createTempFile(temporary, "layer", ".tar.gz"), content);
        return new ArtifactLayer(file, RegistryServer.digest(content), content.length(), DIFF_ID);
    }

    /** Gives another layer than it was asked for. */
    private record LyingRegistry(HttpServer server) implements AutoCloseable {
        LyingRegistry(RegistryServer registry) throws IOException {
            this(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
            server.createContext("/v2/", exchange -> {
                try (exchange) {
                    var parts = exchange.getRequestURI().getPath().split("/manifests/", 2);
                    var body = parts.length == 2
                            ? registry.manifest("team/lie", parts[1]).body()
                            : "a lie";
                    exchange.getResponseHeaders().add("Content-Type", "application/vnd.oci.image.manifest.v1+json");
                    exchange.sendResponseHeaders(200, body.length());
                    exchange.getResponseBody().write(body.getBytes(StandardCharsets.UTF_8));
                }
            });
            server.start();
        }

        String host() {
            return "127.0.0.1:" + server.getAddress().getPort();
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
