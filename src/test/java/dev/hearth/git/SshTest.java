package dev.hearth.git;

import static dev.hearth.git.GitServer.BUDGET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.hearth.git.GitException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.shell.InvertedShellWrapper;
import org.apache.sshd.server.shell.ProcessShell;
import org.eclipse.jgit.transport.PacketLineOut;
import org.eclipse.jgit.transport.URIish;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Repositories over SSH, of a real server with the real git. */
@Timeout(60)
@Tag("slow")
class SshTest {
    private final RemoteRefs refs = new RemoteRefs(BUDGET);
    private GitServer git;
    private SshGitServer server;

    @BeforeEach
    void start() throws IOException {
        git = GitServer.start();
        server = git.ssh();
    }

    @AfterEach
    void stop() throws IOException {
        git.close();
    }

    private Map<String, String> list(GitRemote remote) throws GitException {
        return refs.read(remote, RemoteRefs.Listing::commits);
    }

    private GitException failure(GitRemote remote) {
        return failure(refs, remote);
    }

    private static GitException failure(RemoteRefs refs, GitRemote remote) {
        var failure = catchThrowableOfType(GitException.class, () -> refs.read(remote, RemoteRefs.Listing::commits));
        assertThat(failure).isNotNull();
        assertThat(failure.getMessage()).doesNotContain("\n", "PRIVATE KEY");
        return failure;
    }

    private GitRemote remote(String privateKey, String knownHosts) {
        return new GitRemote("tests", server.url("app.git"), new GitCredentials.Key(privateKey, knownHosts), true);
    }

    private GitRemote knowing(String knownHosts) {
        return remote(server.credentials().privateKey(), knownHosts);
    }

    @Test
    void readsRefsHistoryAndFiles() throws Exception {
        var repository = git.create("app");
        var first = repository.commit("refs/heads/main", "a", "1");
        var second = repository.commit("refs/pull/1/head", "a", "2", first);
        var remote = server.remote("app.git");

        assertThat(list(remote)).isEqualTo(list(repository.git()));
        assertThat(new CommitHistory(BUDGET).contains(remote, "refs/pull/1/head", first))
                .isTrue();
        assertThat(new CommitHistory(BUDGET).contains(remote, "refs/heads/main", second))
                .isFalse();
        assertThat(new CommitFiles(BUDGET).hashes(remote, first, Set.of(), _ -> Map.of("all", List.of("*"))))
                .containsOnlyKeys("all");
        assertThat(server.started()).allSatisfy(it -> assertThat(it).isEqualTo("git-upload-pack '/app.git' version=2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"it's $(touch pwned).git", "größe.git", "a/b.git"})
    void pathIsOneArgument(String path) throws Exception {
        var repository = git.create(path.replaceFirst("\\.git$", ""));
        var commit = repository.commit("refs/heads/main", "a", "1");

        var url = server.url(
                new URIish().setPath(repository.name() + ".git").getPath().replace(" ", "%20"));
        assertThat(list(new GitRemote("tests", url, server.credentials(), true)))
                .containsExactly(Map.entry("refs/heads/main", commit));
    }

    @Test
    void logsInAsGitIfTheUrlHasNoUser() throws Exception {
        git.create("app").commit("refs/heads/main", "a", "1");
        var url = server.url("app.git").replace("git@", "");

        assertThat(list(new GitRemote("tests", url, server.credentials(), true)))
                .hasSize(1);
    }

    @Test
    void anotherUserIsNotGit() {
        var url = server.url("app.git").replace("git@", "ada@");

        assertThat(failure(new GitRemote("tests", url, server.credentials(), true))
                        .reason())
                .isEqualTo(Reason.AuthenticationFailed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"})
    void knowsAServerByAnyOfItsKeys(String type) throws Exception {
        git.create("app").commit("refs/heads/main", "a", "1");
        var keys = Map.of(
                "ssh-ed25519", SshGitServer.key("ssh-ed25519"),
                "ecdsa-sha2-nistp256", SshGitServer.key("ecdsa-sha2-nistp256"),
                "ssh-rsa", SshGitServer.key("ssh-rsa"));
        server.hostKeys(keys.values().toArray(KeyPair[]::new));

        assertThat(list(knowing("# a comment\n" + "no line of known_hosts\n"
                        + server.knownHosts(
                                Objects.requireNonNull(keys.get(type)).getPublic()))))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"})
    void logsInWithKeysAsSshKeygenMakesThem(String type, @TempDir Path folder) throws Exception {
        git.create("app").commit("refs/heads/main", "a", "1");
        var file = folder.resolve("key");
        keygen("-q", "-t", type.replaceAll("ssh-|-sha2.*", ""), "-N", "", "-f", file.toString());
        var key = Files.readString(file);
        server.settings()
                .setPublickeyAuthenticator(
                        (_, offered, _) -> KeyUtils.getKeyType(offered).equals(type));

        assertThat(list(remote(key, server.credentials().knownHosts()))).hasSize(1);
        keygen("-q", "-p", "-m", "PEM", "-N", "", "-f", file.toString());
        assertThat(list(remote(Files.readString(file), server.credentials().knownHosts())))
                .hasSize(1);
    }

    @Test
    void knowsAServerByAHashedName(@TempDir Path folder) throws Exception {
        git.create("app").commit("refs/heads/main", "a", "1");
        var file = Files.writeString(
                folder.resolve("known_hosts"), server.credentials().knownHosts());
        keygen("-q", "-H", "-f", file.toString());
        assertThat(file).content().startsWith("|1|");

        assertThat(list(knowing(Files.readString(file)))).hasSize(1);
    }

    private static void keygen(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("ssh-keygen"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    @Test
    void sendsNothingToAServerWithAnotherKey() {
        var other = SshGitServer.key("ssh-ed25519");
        server.hostKeys(other);

        var failure = failure(server.remote("app.git"));

        assertThat(failure.reason()).isEqualTo(Reason.HostKeyRejected);
        assertThat(failure)
                .hasMessageContaining("shows the host key ssh-ed25519 " + KeyUtils.getFingerPrint(other.getPublic()))
                .hasMessageEndingWith("add this line to known_hosts: "
                        + server.knownHosts(other.getPublic()).strip());
        assertThat(server.offered()).isEmpty();
    }

    @Test
    void sendsNothingToAServerWithAKeyOfAnotherType() {
        server.hostKeys(SshGitServer.key("ecdsa-sha2-nistp256"));

        assertThat(failure(server.remote("app.git")).reason()).isEqualTo(Reason.HostKeyRejected);
        assertThat(server.offered()).isEmpty();
    }

    @Test
    void revokedKeyIsNotTrusted() {
        var line = server.credentials().knownHosts();

        assertThat(failure(knowing(line + "@revoked " + line)).reason()).isEqualTo(Reason.HostKeyRejected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "# nothing\n", "git.example ssh-ed25519 AAAA\n", "@cert-authority * ssh-ed25519 AAAA\n"})
    void saysHowToGetTheKeysOfAServer(String knownHosts) {
        var failure = failure(knowing(knownHosts));

        assertThat(failure.reason()).isEqualTo(Reason.CredentialsInvalid);
        assertThat(failure)
                .hasMessageContaining("known_hosts")
                .hasMessageContaining("ssh-keyscan -p " + server.settings().getPort() + " 127.0.0.1");
    }

    @Test
    void refusesAKeyThatTheServerDoesNotKnow() {
        var other = SshGitServer.text(SshGitServer.key("ssh-ed25519"));

        var failure = failure(remote(other, server.credentials().knownHosts()));

        assertThat(failure.reason()).isEqualTo(Reason.AuthenticationFailed);
        assertThat(failure).hasMessageContaining("rejects the key").hasMessageContaining("deploy key");
        assertThat(server.offered()).hasSize(1);
    }

    @Test
    void saysThatAKeyHasAPassphrase(@TempDir Path folder) throws Exception {
        var file = folder.resolve("key");
        keygen("-q", "-t", "ed25519", "-N", "correct horse", "-f", file.toString());

        var failure =
                failure(remote(Files.readString(file), server.credentials().knownHosts()));

        assertThat(failure.reason()).isEqualTo(Reason.CredentialsInvalid);
        assertThat(failure).hasMessageContaining("passphrase").hasMessageContaining("ssh-keygen -t ed25519");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret\n",
                "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n",
                "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n",
                "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
                "-----BEGIN NOTHING-----\n"
            })
    void saysThatAKeyCannotBeRead(String key) {
        var failure = failure(remote(key, server.credentials().knownHosts()));

        assertThat(failure.reason()).isEqualTo(Reason.CredentialsInvalid);
        assertThat(failure).hasMessageContaining("ssh-privatekey").hasMessageNotContaining("secret");
    }

    /** ssh in a pod refuses these, so the operator does too. */
    @Test
    void refusesAKeyThatSshDoesNotRead() {
        var key = server.credentials().privateKey();

        for (String broken : List.of(key.strip(), key.replace("\n", "\r\n"))) {
            assertThat(failure(remote(broken, server.credentials().knownHosts())))
                    .hasMessageContaining("to end with a line break");
        }
    }

    @Test
    void needsAKey() {
        var failure = failure(new GitRemote("tests", server.url("app.git"), null, true));

        assertThat(failure.reason()).isEqualTo(Reason.CredentialsInvalid);
        assertThat(failure).hasMessageContaining("needs a key");
    }

    @Test
    void showsNoKey() {
        assertThat(server.remote("app.git").toString())
                .contains("app.git", "Key[]")
                .doesNotContain("BEGIN");
    }

    @Test
    void offersNoPassword() {
        var passwords = new AtomicInteger();
        server.settings().setUserAuthFactories(List.of(UserAuthPasswordFactory.INSTANCE));
        server.settings().setPasswordAuthenticator((_, _, _) -> passwords.incrementAndGet() > 0);

        assertThat(failure(server.remote("app.git")).reason()).isEqualTo(Reason.AuthenticationFailed);
        assertThat(passwords).hasValue(0);
        server.settings()
                .setUserAuthFactories(List.of(UserAuthPasswordFactory.INSTANCE, UserAuthPublicKeyFactory.INSTANCE));
    }

    @Test
    void saysWhatTheServerSaysOfARepositoryThatIsNotThere() {
        var failure = failure(server.remote("missing.git"));

        assertThat(failure.reason()).isEqualTo(Reason.RepositoryNotFound);
        assertThat(failure).hasMessageContaining("does not appear to be a git repository");
    }

    @ParameterizedTest
    @CsvSource({
        "'ERROR: Repository not found.', RepositoryNotFound",
        "'The project could not be found or you have no permission to view it.', RepositoryNotFound",
        "'Gogs: Repository does not exist', RepositoryNotFound",
        "'The git server, Gitaly, is not available at this time.', Unreachable",
        "'fork: Resource temporarily unavailable', Unreachable"
    })
    void readsWhatTheServerSays(String said, Reason reason) {
        server.answer(
                "app.git",
                _ -> new InvertedShellWrapper(new ProcessShell("/bin/sh", "-c", "echo '" + said + "' >&2; exit 1")));

        var failure = failure(server.remote("app.git"));

        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure).hasMessageEndingWith("The server says: " + said);
    }

    @Test
    void serverThatLeavesBeforeTheLoginMayComeBack() throws Exception {
        server.settings().setPublickeyAuthenticator((_, _, session) -> {
            session.close(true);
            return false;
        });
        assertThat(failure(server.remote("app.git")).reason()).isEqualTo(Reason.Unreachable);

        try (var busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> {
                try {
                    busy.accept().close();
                } catch (IOException e) {
                    // The test has ended.
                }
            });
            var known = server.knownHosts(server.hostKey()).replaceFirst("]:\\d+", "]:" + busy.getLocalPort());
            var url = "ssh://127.0.0.1:" + busy.getLocalPort() + "/app.git";
            var key = new GitCredentials.Key(server.credentials().privateKey(), known);

            assertThat(failure(new GitRemote("tests", url, key, true)).reason()).isEqualTo(Reason.Unreachable);
        }
    }

    @Test
    void connectsToNoLoopbackAddress() throws Exception {
        try (var own = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var url = "ssh://git@127.0.0.1:" + own.getLocalPort() + "/r.git";

            var failure = failure(new GitRemote("tests", url, server.credentials(), false));

            assertThat(failure.reason()).isEqualTo(Reason.Invalid);
            assertThat(failure).hasMessageContaining("a loopback address");
            own.setSoTimeout(100);
            assertThatThrownBy(own::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void saysThatNothingListens() throws IOException {
        int port;
        try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        var known = server.knownHosts(server.hostKey()).replaceFirst("]:\\d+", "]:" + port);
        var remote = new GitRemote(
                "tests",
                "ssh://127.0.0.1:" + port + "/app.git",
                new GitCredentials.Key(server.credentials().privateKey(), known),
                true);

        assertThat(failure(remote).reason()).isEqualTo(Reason.Unreachable);
    }

    @Test
    void leavesAServerThatHangs() throws IOException {
        try (var hanging = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var url = "ssh://127.0.0.1:" + hanging.getLocalPort() + "/app.git";
            var known = server.knownHosts(server.hostKey()).replaceFirst("]:\\d+", "]:" + hanging.getLocalPort());
            var impatient = new RemoteRefs(BUDGET, Duration.ofMillis(500));

            var failure = failure(
                    impatient,
                    new GitRemote(
                            "tests",
                            url,
                            new GitCredentials.Key(server.credentials().privateKey(), known),
                            true));

            assertThat(failure.reason()).isEqualTo(Reason.Unreachable);
            assertThat(failure).hasMessageContaining("did not answer within 0.5 s");
            try (var socket = hanging.accept()) {
                socket.setSoTimeout(10_000);
                // Ends with what was sent, or times out.
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                        .startsWith("SSH-2.0-");
            }
        }
    }

    /** A program of a server, which writes until nobody reads. */
    private static final class Flood implements Command {
        private final Writing writing;
        private OutputStream out = OutputStream.nullOutputStream();
        private OutputStream errors = OutputStream.nullOutputStream();

        interface Writing {
            void write(ChannelSession channel, OutputStream out, OutputStream errors) throws IOException;
        }

        Flood(Writing writing) {
            this.writing = writing;
        }

        @Override
        public void start(ChannelSession channel, Environment environment) {
            Thread.startVirtualThread(() -> {
                try {
                    writing.write(channel, out, errors);
                } catch (IOException e) {
                    // The client went away: it has read enough.
                }
            });
        }

        @Override
        public void setInputStream(InputStream in) {
            // Nothing is read.
        }

        @Override
        public void setOutputStream(OutputStream stream) {
            out = stream;
        }

        @Override
        public void setErrorStream(OutputStream stream) {
            errors = stream;
        }

        @Override
        public void setExitCallback(ExitCallback callback) {
            // It does not end.
        }

        @Override
        public void destroy(ChannelSession channel) {
            // The streams are closed.
        }
    }

    private GitException flooded(Flood.Writing writing) {
        server.answer("app.git", _ -> new Flood(writing));
        var failure = failure(new RemoteRefs(BUDGET, Duration.ofSeconds(20)), server.remote("app.git"));
        await().until(() -> server.settings().getActiveSessions().isEmpty());
        return failure;
    }

    @Test
    void stopsReadingRefsThatNeverEnd() {
        var failure = flooded((_, out, _) -> HostileGitServer.refs(out));

        assertThat(failure.reason()).isEqualTo(Reason.TooLarge);
        assertThat(failure).hasMessageContaining("more than 9600 KiB, the limit");
    }

    @Test
    void stopsReadingErrorsThatNeverEnd() {
        var failure = flooded((_, _, errors) -> {
            while (true) {
                errors.write(new byte[1000]);
                errors.flush();
            }
        });

        assertThat(failure).hasMessageContaining("64 KiB of errors, the limit");
    }

    @ParameterizedTest
    @ValueSource(bytes = {SshConstants.SSH_MSG_GLOBAL_REQUEST, SshConstants.SSH_MSG_IGNORE, 77})
    void leavesAServerThatSendsMessagesWithoutEnd(byte message) {
        var sent = new AtomicInteger();
        var failure = flooded((channel, _, _) -> {
            while (channel.getSession().isOpen()) {
                var buffer = channel.getSession().createBuffer(message);
                buffer.putString("nothing");
                buffer.putBoolean(true);
                channel.getSession().writePacket(buffer);
                sent.incrementAndGet();
            }
        });

        assertThat(failure).hasMessageContaining("more than 1000 messages that are not data, the limit");
    }

    /** The library refuses extended data that is not of the error stream by an answer, which this server does not read. */
    @Test
    void leavesAServerThatSendsUnknownDataWithoutEnd() {
        var failure = flooded((channel, _, _) -> {
            while (channel.getSession().isOpen()) {
                var buffer = channel.getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_EXTENDED_DATA);
                buffer.putUInt(channel.getRecipient());
                buffer.putUInt(2);
                buffer.putString("nothing");
                channel.getSession().writePacket(buffer);
            }
        });

        assertThat(failure).hasMessageContaining("more than 1000 messages that are not data, the limit");
    }

    @Test
    void leavesAServerThatAdjustsItsWindowWithoutEnd() {
        var failure = flooded((channel, _, _) -> {
            while (channel.getSession().isOpen()) {
                var buffer = channel.getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_WINDOW_ADJUST);
                buffer.putUInt(channel.getRecipient());
                buffer.putUInt(0);
                channel.getSession().writePacket(buffer).verify();
            }
        });

        assertThat(failure).hasMessageContaining("more than 10000 times, the limit");
    }

    @Test
    void leavesAServerThatIsSlow() {
        server.answer("app.git", _ -> new Flood((_, _, _) -> {}));

        var failure = failure(new RemoteRefs(BUDGET, Duration.ofSeconds(2)), server.remote("app.git"));

        assertThat(failure.reason()).isEqualTo(Reason.Unreachable);
        assertThat(failure).hasMessageContaining("did not answer within 2.0 s");
        await().until(() -> server.settings().getActiveSessions().isEmpty());
    }

    /** It takes neither the request that it waits for nor the goodbye of a client that gives up. */
    @Test
    void leavesAServerThatReadsNothing() {
        CoreModuleProperties.WINDOW_SIZE.set(server.settings(), 0L);
        server.answer(
                "app.git",
                _ -> new Flood((_, out, _) -> {
                    var lines = new PacketLineOut(out);
                    lines.writeString("version 2\n");
                    lines.writeString("ls-refs\n");
                    lines.end();
                    lines.flush();
                }));

        var failure = failure(new RemoteRefs(BUDGET, Duration.ofSeconds(2)), server.remote("app.git"));

        assertThat(failure.reason()).isEqualTo(Reason.Unreachable);
        await().until(() -> server.settings().getActiveSessions().isEmpty());
    }

    @Test
    void leavesNoThread() throws Exception {
        git.create("app").commit("refs/heads/main", "a", "1");
        list(server.remote("app.git"));
        failure(knowing(server.knownHosts(SshGitServer.key("ssh-ed25519").getPublic())));

        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains("SshClient")));
    }

    @Test
    void manyKeysOfAServerAreNoTrouble() throws Exception {
        git.create("app").commit("refs/heads/main", "a", "1");
        server.settings().setKeyPairProvider(KeyPairProvider.wrap(SshGitServer.key("ssh-ed25519")));
        var lines = new StringBuilder();
        for (int host = 0; host < 2000; host++) {
            lines.append("host").append(host).append(" ssh-ed25519 AAAA\n");
        }

        assertThat(failure(knowing(lines + server.credentials().knownHosts())).reason())
                .isEqualTo(Reason.HostKeyRejected);
    }

    @Test
    void limitsTheLengthOfKnownHosts() {
        var failure = failure(
                knowing("# nothing\n".repeat(7000) + server.credentials().knownHosts()));

        assertThat(failure.reason()).isEqualTo(Reason.CredentialsInvalid);
        assertThat(failure).hasMessageContaining("longer than 64 KiB, the limit");
    }
}
