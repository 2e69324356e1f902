package dev.hearth.forge;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.git.SshGitServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.jspecify.annotations.Nullable;

/** The real Gitea as a process of this machine, with its data in a temporary folder. It ends with this JVM. */
public final class GiteaServer implements AutoCloseable {
    /** Folder with the program and what it reads, as the testbed has built it. */
    public static final Optional<Path> PROGRAM = Optional.ofNullable(System.getenv("HEARTH_GITEA"))
            .filter(it -> !it.isEmpty())
            .map(Path::of);

    private static final Duration STARTS_WITHIN = Duration.ofMinutes(1);
    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Path program;
    private final int port;
    private final int sshPort;
    private final KeyPair hostKey;
    private final Process process;
    private final AtomicInteger users = new AtomicInteger();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private GiteaServer(Path folder, Path program, int port, int sshPort, KeyPair hostKey) throws IOException {
        this.folder = folder;
        this.program = program;
        this.port = port;
        this.sshPort = sshPort;
        this.hostKey = hostKey;
        this.process = begin();
    }

    /** Starts it. It answers when this returns. */
    public static GiteaServer start() throws IOException {
        var program = PROGRAM.orElseThrow();
        var folder = Files.createTempDirectory("gitea");
        var port = freePort();
        var sshPort = freePort();
        var hostKey = SshGitServer.key("ssh-ed25519");
        var hostKeyFile = Files.writeString(folder.resolve("host-key"), SshGitServer.text(hostKey));
        Files.writeString(folder.resolve("app.ini"), """
                RUN_USER = %s
                WORK_PATH = %s
                I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
                [server]
                HTTP_ADDR = 127.0.0.1
                HTTP_PORT = %d
                ROOT_URL = http://127.0.0.1:%d/
                STATIC_ROOT_PATH = %s
                OFFLINE_MODE = true
                START_SSH_SERVER = true
                BUILTIN_SSH_SERVER_USER = git
                SSH_LISTEN_HOST = 127.0.0.1
                SSH_LISTEN_PORT = %d
                SSH_SERVER_HOST_KEYS = %s
                [database]
                DB_TYPE = sqlite3
                PATH = %s
                [security]
                INSTALL_LOCK = true
                PASSWORD_HASH_ALGO = pbkdf2_v2
                [webhook]
                ALLOWED_HOST_LIST = *
                SKIP_TLS_VERIFY = true
                [repository]
                DEFAULT_BRANCH = main
                [log]
                LEVEL = Warn
                """.formatted(
                        System.getProperty("user.name"),
                        folder,
                        port,
                        port,
                        program.resolve("static"),
                        sshPort,
                        hostKeyFile,
                        folder.resolve("gitea.db")));
        var server = new GiteaServer(folder, program, port, sshPort, hostKey);
        await("Gitea to answer")
                .atMost(STARTS_WITHIN)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> server.send("GET", "/version", null, null).status() == 200);
        return server;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process begin() throws IOException {
        var process = command("web").start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return process;
    }

    private ProcessBuilder command(String... arguments) {
        var command = new ArrayList<>(List.of(
                program.resolve("gitea").toString(),
                "--work-path",
                folder.toString(),
                "--config",
                folder.resolve("app.ini").toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
        builder.environment().put("HOME", folder.toString());
        return builder;
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Host and port of SSH, as a Secret names them. */
    public String sshHost() {
        return "127.0.0.1:" + sshPort;
    }

    public String sshUrl(String repository) {
        return "ssh://git@" + sshHost() + "/" + repository + ".git";
    }

    /** The line of known_hosts for its key. */
    public String knownHosts() {
        return "[127.0.0.1]:" + sshPort + " " + PublicKeyEntry.toString(hostKey.getPublic()) + "\n";
    }

    /** An answer of the API. */
    public record Answer(int status, JsonNode json) {}

    /** Somebody with an account, who uses the API as the pages do. */
    public record User(GiteaServer server, String name, String token) {
        /** Calls the API. Fails unless it answers with success. */
        public JsonNode call(String method, String path, Object... fields) {
            var answer = attempt(method, path, fields);
            if (answer.status() >= 300) {
                throw new AssertionError(method + " " + path + ": " + answer);
            }
            return answer.json();
        }

        /** Calls the API with fields: names and values in turn. */
        public Answer attempt(String method, String path, Object... fields) {
            var body = new LinkedHashMap<String, Object>();
            for (int i = 0; i < fields.length; i += 2) {
                body.put((String) fields[i], fields[i + 1]);
            }
            return server.send(method, path, token, fields.length == 0 ? null : body);
        }

        /** Commits a new file to a branch of a repository. Returns the commit. */
        public String commit(String repository, String branch, String file) {
            var content = Base64.getEncoder().encodeToString(file.getBytes(StandardCharsets.UTF_8));
            return call("POST", "/repos/" + repository + "/contents/" + file, "branch", branch, "content", content)
                    .at("/commit/sha")
                    .asText();
        }
    }

    /** Makes an account with a token for everything that it may do. */
    public User user() {
        var name = "user" + users.incrementAndGet();
        run(
                "admin",
                "user",
                "create",
                "--username",
                name,
                "--password",
                "correct-horse-" + name,
                "--email",
                name + "@example.org",
                "--must-change-password=false");
        var basic =
                Base64.getEncoder().encodeToString((name + ":correct-horse-" + name).getBytes(StandardCharsets.UTF_8));
        var token = send(
                        "POST",
                        "/users/" + name + "/tokens",
                        "Basic " + basic,
                        Map.of("name", "tests", "scopes", List.of("all")))
                .json()
                .path("sha1")
                .asText();
        return new User(this, name, token);
    }

    private void run(String... arguments) {
        try {
            if (command(arguments).start().waitFor() != 0) {
                throw new IllegalStateException(List.of(arguments) + ": see " + folder.resolve("log"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Answer send(String method, String path, @Nullable String token, @Nullable Object body) {
        var request = HttpRequest.newBuilder(URI.create(url() + "/api/v1" + path))
                .timeout(ANSWERS_WITHIN)
                .header("Content-Type", "application/json");
        if (token != null) {
            request.header("Authorization", token.startsWith("Basic ") ? token : "token " + token);
        }
        try {
            request.method(
                    method,
                    body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(JSON.writeValueAsString(body)));
            var answer = http.send(request.build(), BodyHandlers.ofString());
            return new Answer(answer.statusCode(), JSON.readTree(answer.body().isEmpty() ? "{}" : answer.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        http.close();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
