package dev.hearth.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The real registry of the Debian package docker-registry, empty, on a port of its own until it is closed. */
public final class RegistryServer implements AutoCloseable {
    public static final RegistryLogin CREDENTIALS = new RegistryLogin("ada", "opensesame");
    /** bcrypt of that password, the only form that the registry reads. */
    private static final String HTPASSWD = "ada:$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi\n";

    private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)");

    private final Path folder;
    private final Process process;
    private final int port;
    private final boolean secured;
    private final HttpClient http = HttpClient.newHttpClient();

    private RegistryServer(Path folder, Process process, int port, boolean secured) {
        this.folder = folder;
        this.process = process;
        this.port = port;
        this.secured = secured;
    }

    public static RegistryServer open() throws IOException {
        return start("", false);
    }

    /** Lets everybody in, and images be deleted. */
    public static RegistryServer deleting() throws IOException {
        return start("", true);
    }

    /** Lets nobody in but {@link #CREDENTIALS}. */
    public static RegistryServer secured() throws IOException {
        return start("auth: {htpasswd: {realm: test, path: %s}}\n", false);
    }

    private static RegistryServer start(String auth, boolean deletes) throws IOException {
        assertThat(Path.of("/usr/bin/docker-registry"))
                .as("the registry to test against: apt-get install docker-registry")
                .isExecutable();
        var folder = Files.createTempDirectory("hearth-registry");
        var passwords = Files.writeString(folder.resolve("htpasswd"), HTPASSWD);
        var config = Files.writeString(
                folder.resolve("config.yml"),
                """
                version: 0.1
                storage: {filesystem: {rootdirectory: %s}, delete: {enabled: %s}}
                http: {addr: "127.0.0.1:0"}
                """.formatted(folder.resolve("storage"), deletes) + auth.formatted(passwords));
        var process = new ProcessBuilder("/usr/bin/docker-registry", "serve", config.toString())
                .redirectErrorStream(true)
                .start();
        var log = process.inputReader();
        var port = port(log);
        // Read on, or the registry stops once nobody takes its log.
        Thread.startVirtualThread(() -> log.lines().forEach(_ -> {}));
        return new RegistryServer(folder, process, port, !auth.isEmpty());
    }

    private static int port(BufferedReader log) throws IOException {
        var said = new ArrayList<String>();
        for (String line; (line = log.readLine()) != null; ) {
            said.add(line);
            var match = LISTENING.matcher(line);
            if (match.find()) {
                return Integer.parseInt(match.group(1));
            }
        }
        throw new IllegalStateException("docker-registry ended: " + said);
    }

    public String host() {
        return "127.0.0.1:" + port;
    }

    /** Pushes an image of an empty configuration and no layers, by digest, as BuildKit does. */
    public String pushImage(String repository, String author) {
        var config = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"author\":\"" + author
                + "\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";
        var digest = digest(config);
        var begun = send(request(repository + "/blobs/uploads/").POST(HttpRequest.BodyPublishers.noBody()));
        var location = begun.headers().firstValue("Location").orElseThrow();
        var uri = URI.create(location + (location.contains("?") ? "&" : "?") + "digest=" + digest);
        assertThat(send(authorized(HttpRequest.newBuilder(uri))
                                .header("Content-Type", "application/octet-stream")
                                .PUT(HttpRequest.BodyPublishers.ofString(config)))
                        .statusCode())
                .isEqualTo(201);
        return pushManifest(
                repository, "application/vnd.oci.image.manifest.v1+json", """
                {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
                "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},"layers":[]}""".formatted(digest, config.length()));
    }

    public String pushManifest(String repository, String mediaType, String json) {
        var digest = digest(json);
        var response = send(request(repository + "/manifests/" + digest)
                .header("Content-Type", mediaType)
                .PUT(HttpRequest.BodyPublishers.ofString(json)));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return digest;
    }

    /** What a tag or digest stands for. */
    public HttpResponse<String> manifest(String repository, String reference) {
        return send(request(repository + "/manifests/" + reference)
                .header("Accept", "application/vnd.oci.image.index.v1+json")
                .header("Accept", "application/vnd.oci.image.manifest.v1+json")
                .header("Accept", "application/vnd.docker.distribution.manifest.v2+json"));
    }

    static String digest(String text) {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            return "sha256:" + HexFormat.of().formatHex(sha256.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return authorized(HttpRequest.newBuilder(URI.create("http://" + host() + "/v2/" + path)));
    }

    private HttpRequest.Builder authorized(HttpRequest.Builder request) {
        var basic = (CREDENTIALS.username() + ":" + CREDENTIALS.password()).getBytes(StandardCharsets.UTF_8);
        return secured
                ? request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(basic))
                : request;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        process.onExit().join();
        http.close();
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
