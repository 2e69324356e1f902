package dev.hearth.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.hearth.git.GitCredentials;
import dev.hearth.git.GitServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that has a repository's credentials, with the git of this machine against a real server. */
class FetchScriptTest {
    private static final GitCredentials.Password RIGHT = GitServer.CREDENTIALS;
    private static final GitCredentials.Password WRONG = new GitCredentials.Password("ada", "wrong horse");
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private GitServer server;

    @TempDir
    Path folder;

    @BeforeEach
    void start() throws IOException {
        server = GitServer.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void leavesTheCommitAloneAndNothingOfTheCredentials() throws Exception {
        var repository = server.create("private/app");
        var first = repository.commit("refs/heads/main", "a.txt", "first");
        var second = repository.commit("refs/pull/1/head", "a.txt", "second", first);
        repository.git("tag", "v1", first);

        var fetched = fetch(repository.http().url(), second, RIGHT);

        assertThat(fetched).isEqualTo(new Result(0, ""));
        assertThat(git("show-ref", "--head")).isEqualTo("%1$s HEAD\n%1$s refs/heads/commit".formatted(second));
        assertThat(git("cat-file", "blob", second + ":a.txt")).isEqualTo("second");
        assertThat(git("rev-list", "--all")).isEqualTo(second);
        assertThat(everythingIn(repository())).isNotEmpty().doesNotContain(RIGHT.password(), base64(RIGHT));
    }

    @Test
    void commitOfAnOtherServersSubmoduleIsNotLookedFor() throws Exception {
        var asked = new CopyOnWriteArrayList<String>();
        server.answer("/other/", exchange -> reply(exchange, asked, 404, ""));
        var repository = server.create("private/app");
        var first = repository.commit("refs/heads/main", "a.txt", "first");
        var modules = "[submodule \"a.txt\"]\n\tpath = a.txt\n\turl = "
                + server.http("other/lib.git").url() + "\n";
        var second = repository.commit("refs/heads/main", ".gitmodules", modules, first);

        assertThat(fetch(repository.http().url(), second, RIGHT).code()).isZero();

        assertThat(asked).isEmpty();
    }

    @Test
    void credentialsAreFoundForAnyUrl() throws Exception {
        var repository = server.create("private/My app*");
        var commit = repository.commit("refs/heads/main", "a.txt", "first");

        var fetched = fetch(server.http("private/My%20app%2a.git").url(), commit, RIGHT);

        assertThat(fetched).isEqualTo(new Result(0, ""));
    }

    @Test
    void fetchesOverTheGitProtocolToo() throws Exception {
        var repository = server.create("app");
        var commit = repository.commit("refs/heads/main", "a.txt", "first");

        assertThat(fetch(repository.git().url(), commit, RIGHT)).isEqualTo(new Result(0, ""));
    }

    @Test
    void trustsTheAuthorityOfTheServerToo() throws Exception {
        var repository = server.create("private/app");
        var commit = repository.commit("refs/heads/main", "a.txt", "first");
        var url = server.https().url("private/app.git");

        assertThat(fetch(url, commit, RIGHT).output()).contains("certificate");
        Files.writeString(folder.resolve("secret/ca.crt"), server.https().authority());
        assertThat(fetch(url, commit, RIGHT)).isEqualTo(new Result(0, ""));
    }

    @Test
    void fetchesOverSshAndLeavesNothingOfTheKey() throws Exception {
        var repository = server.create("private/app");
        var commit = repository.commit("refs/heads/main", "a.txt", "first");
        var ssh = server.ssh();

        assertThat(fetch(ssh.url("private/app.git"), commit, ssh.credentials())).isEqualTo(new Result(0, ""));
        assertThat(git("cat-file", "blob", commit + ":a.txt")).isEqualTo("first");
        assertThat(everythingIn(repository()))
                .isNotEmpty()
                .doesNotContain(ssh.credentials().privateKey().lines().toList().get(1));

        var withoutUser = ssh.url("private/app.git").replace("git@", "");
        assertThat(fetch(withoutUser, commit, ssh.credentials())).isEqualTo(new Result(0, ""));
    }

    @Test
    void keyIsNotShownToAServerThatIsNotKnown() throws Exception {
        try (var other = GitServer.start()) {
            var ssh = server.ssh();
            var key = ssh.credentials().privateKey();

            for (String known : List.of(
                    "",
                    ssh.credentials().knownHosts().replace(" ", ",other ").replaceFirst("\\d+]", "2]"),
                    otherKeyOfTheSameHost(other, ssh.credentials().knownHosts()))) {
                var fetched = fetch(ssh.url("private/app.git"), COMMIT, new GitCredentials.Key(key, known));

                assertThat(fetched.code()).isOne();
                assertThat(fetched.output()).contains("Host key verification failed");
            }
        }
    }

    private static String otherKeyOfTheSameHost(GitServer other, String known) throws IOException {
        return known.strip().replaceFirst(" .*", " ")
                + other.ssh().credentials().knownHosts().split(" ", 2)[1];
    }

    @Test
    void keyThatTheServerDoesNotKnowIsSaidWithoutIt() throws Exception {
        try (var other = GitServer.start()) {
            var ssh = server.ssh();
            var key = other.ssh().credentials().privateKey();

            var fetched = fetch(
                    ssh.url("app.git"),
                    COMMIT,
                    new GitCredentials.Key(key, ssh.credentials().knownHosts()));

            assertThat(fetched.code()).isOne();
            assertThat(fetched.output()).contains("Permission denied").doesNotContain("PRIVATE KEY");
        }
    }

    @Test
    void otherTransportsAreRefused() throws Exception {
        assertThat(fetch("file:///srv/app.git", COMMIT, RIGHT))
                .isEqualTo(new Result(1, "fatal: transport 'file' not allowed"));
    }

    @Test
    void startsAnewAfterAnAttemptThatWasCutShort() throws Exception {
        var repository = server.create("private/app");
        var commit = repository.commit("refs/heads/main", "a.txt", "first");
        Files.createDirectories(repository());
        Files.writeString(repository().resolve("shallow.lock"), "");

        assertThat(fetch(repository.http().url(), commit, RIGHT).code()).isZero();
    }

    @Test
    void wrongPasswordIsTriedOnceAndSaidWithoutIt() throws Exception {
        var given = new CopyOnWriteArrayList<String>();
        server.answer("/locked/", exchange -> {
            exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"git\"");
            reply(exchange, given, 401, "no");
        });

        var fetched = fetch(server.http("locked/app.git").url(), COMMIT, WRONG);

        assertThat(fetched.code()).isOne();
        assertThat(fetched.output())
                .contains("Authentication failed for '"
                        + server.http("locked/app.git").url())
                .doesNotContain(WRONG.password(), base64(WRONG));
        assertThat(given).containsExactly("", "Basic " + base64(WRONG));
    }

    @Test
    void credentialsDoNotFollowARedirect() throws Exception {
        try (var thief = GitServer.start()) {
            var given = new CopyOnWriteArrayList<String>();
            thief.answer("/moved/", exchange -> {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"git\"");
                reply(exchange, given, 401, "");
            });
            server.answer("/moved/", exchange -> {
                var path = exchange.getRequestURI().toString().substring(1);
                exchange.getResponseHeaders().add("Location", thief.http(path).url());
                reply(exchange, new CopyOnWriteArrayList<>(), 302, "");
            });

            var fetched = fetch(server.http("moved/app.git").url(), COMMIT, RIGHT);

            assertThat(fetched.code()).isOne();
            assertThat(fetched.output()).contains("302");
            assertThat(given).isEmpty();
        }
    }

    @Test
    void commitThatTheServerDoesNotHaveIsNamed() throws Exception {
        var repository = server.create("private/app");
        repository.commit("refs/heads/main", "a.txt", "first");

        var fetched = fetch(repository.http().url(), COMMIT, RIGHT);

        assertThat(fetched.code()).isOne();
        assertThat(fetched.output()).contains(COMMIT);
    }

    @Test
    void whatTheServerSaysIsShortAndPlain() throws Exception {
        var said = "x".repeat(3000) + "\u001b[2J\u0007evil\u202e the end";
        var line = "ERR " + said;
        var length = line.getBytes(StandardCharsets.UTF_8).length + 4;
        server.answer("/rude/", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/x-git-upload-pack-advertisement");
            reply(exchange, new CopyOnWriteArrayList<>(), 200, "%04x%s".formatted(length, line));
        });

        var fetched = fetch(server.http("rude/app.git").url(), COMMIT, RIGHT);

        assertThat(fetched.code()).isOne();
        assertThat(fetched.output()).contains("the end").matches("[ -~\n]{1,1500}");
    }

    private record Result(int code, String output) {}

    private Result fetch(String url, String commit, GitCredentials credentials)
            throws IOException, InterruptedException {
        var secret = Files.createDirectories(folder.resolve("secret"));
        switch (credentials) {
            case GitCredentials.Password(var username, var password) -> {
                Files.writeString(secret.resolve("username"), username);
                Files.writeString(secret.resolve("password"), password);
            }
            case GitCredentials.Key(var privateKey, var knownHosts) -> {
                // ssh ignores a key of its own user that others can read. In a pod it is root's.
                var key = Files.writeString(secret.resolve("ssh-privatekey"), privateKey);
                Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
                Files.writeString(secret.resolve("known_hosts"), knownHosts);
            }
        }
        return run(List.of(
                "/bin/sh",
                "-c",
                ContainerScript.FETCH.text(),
                "fetch",
                url,
                commit,
                repository().toString(),
                secret.toString()));
    }

    private Path repository() {
        return folder.resolve("commit.git");
    }

    private String git(String... arguments) throws IOException, InterruptedException {
        var command =
                new java.util.ArrayList<>(List.of("git", "-C", repository().toString()));
        command.addAll(List.of(arguments));
        return run(command).output();
    }

    private static Result run(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return new Result(process.waitFor(), output);
    }

    private static String everythingIn(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            var content = new StringBuilder();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                content.append(file).append('\n').append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
            return content.toString();
        }
    }

    private static void reply(HttpExchange exchange, List<String> authorizations, int status, String body)
            throws IOException {
        try (exchange) {
            authorizations.add(Objects.toString(exchange.getRequestHeaders().getFirst("Authorization"), ""));
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static String base64(GitCredentials.Password credentials) {
        return Base64.getEncoder()
                .encodeToString(
                        (credentials.username() + ":" + credentials.password()).getBytes(StandardCharsets.UTF_8));
    }
}
