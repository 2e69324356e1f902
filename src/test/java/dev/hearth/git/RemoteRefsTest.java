package dev.hearth.git;

import static dev.hearth.git.GitServer.BUDGET;
import static dev.hearth.git.GitServer.LIMITS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hearth.authority.AddedAuthorities;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.core.ref.GitRef;
import dev.hearth.git.GitException.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.util.SystemReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@Tag("slow")
class RemoteRefsTest {
    private static GitServer server;

    private final RemoteRefs refs = new RemoteRefs(BUDGET);

    @BeforeAll
    static void start() throws IOException {
        server = GitServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private static RemoteRefs.Listing read(RemoteRefs refs, GitRemote remote) throws GitException {
        return refs.read(remote, listing -> listing);
    }

    private static Map<String, String> list(RemoteRefs refs, GitRemote remote) throws GitException {
        return read(refs, remote).commits();
    }

    private GitException failure(GitRemote remote) {
        return failure(refs, remote);
    }

    private static GitException failure(RemoteRefs refs, GitRemote remote) {
        var failure = catchThrowableOfType(GitException.class, () -> list(refs, remote));
        assertThat(failure).isNotNull();
        assertThat(failure.getMessage()).doesNotContain("\n");
        return failure;
    }

    @Test
    void listsBranchesTagsAndRequestsButNothingElse() throws Exception {
        var repository = server.create("refs");
        var commit = repository.commit("refs/heads/main", "a", "1");
        repository.git("update-ref", "refs/heads/release/1.x", commit);
        repository.git("update-ref", "refs/tags/light", commit);
        repository.git("update-ref", "refs/pull/12/head", commit);
        repository.git("update-ref", "refs/merge-requests/7/head", commit);
        repository.git("update-ref", "refs/pull/12/merge", commit);
        repository.git("update-ref", "refs/pull/x/head", commit);
        repository.git("update-ref", "refs/notes/commits", commit);

        var overGit = list(refs, repository.git());
        var overHttp = list(refs, repository.http());

        assertThat(overGit)
                .containsOnlyKeys(
                        "refs/heads/main",
                        "refs/heads/release/1.x",
                        "refs/tags/light",
                        "refs/pull/12/head",
                        "refs/merge-requests/7/head")
                .containsEntry("refs/heads/main", commit);
        assertThat(overHttp).isEqualTo(overGit);
    }

    @Test
    void asksForTheWantedKindsOnly() throws Exception {
        var repository = server.create("kinds");
        var commit = repository.commit("refs/heads/main", "a", "1");
        repository.git("update-ref", "refs/tags/v1", commit);
        repository.git("update-ref", "refs/pull/12/head", commit);

        for (var remote : List.of(repository.git(), repository.http())) {
            RemoteRefs.Listing branches = refs.read(remote, EnumSet.of(GitRef.Kind.BRANCH), listing -> listing);
            Map<String, String> branchesAndTags =
                    refs.read(remote, EnumSet.of(GitRef.Kind.BRANCH, GitRef.Kind.TAG), RemoteRefs.Listing::commits);
            assertThat(branches)
                    .returns(Map.of("refs/heads/main", commit), RemoteRefs.Listing::commits)
                    .returns(Optional.of("refs/heads/main"), RemoteRefs.Listing::defaultBranch);
            assertThat(branchesAndTags).containsOnlyKeys("refs/heads/main", "refs/tags/v1");
        }
    }

    @Test
    void followsAnAnnotatedTagToItsCommit() throws Exception {
        var repository = server.create("tag");
        var commit = repository.commit("refs/heads/main", "a", "1");
        repository.git("tag", "-a", "-m", "one", "v1", commit);
        repository.git("tag", "-a", "-m", "of a tag", "v1-again", "v1");

        var listed = list(refs, repository.git());

        assertThat(repository.git("rev-parse", "refs/tags/v1")).isNotEqualTo(commit);
        assertThat(listed).containsEntry("refs/tags/v1", commit).containsEntry("refs/tags/v1-again", commit);
    }

    @Test
    void seesThatABranchMoved() throws Exception {
        var repository = server.create("moved");
        var first = repository.commit("refs/heads/main", "a", "1");
        var before = list(refs, repository.http());

        var second = repository.commit("refs/heads/main", "a", "2", first);
        var after = list(refs, repository.http());

        assertThat(before).isEqualTo(Map.of("refs/heads/main", first));
        assertThat(after).isEqualTo(Map.of("refs/heads/main", second));
    }

    @Test
    void listsNothingOfAnEmptyRepository() throws Exception {
        var repository = server.create("empty");

        assertThat(list(refs, repository.git())).isEmpty();
        assertThat(list(refs, repository.http())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "refs/heads/größe-日本語-🔥",
                "refs/heads/--upload-pack=touch",
                "refs/heads/a;b$(c)'d\"e",
                "refs/heads/HEAD",
                "refs/tags/v1.0+build@2"
            })
    void keepsOddNamesAsTheyAre(String name) throws Exception {
        var repository = server.create("odd-" + Integer.toHexString(name.hashCode()));
        var commit = repository.commit(name, "a", "1");

        assertThat(list(refs, repository.git())).containsExactly(Map.entry(name, commit));
        assertThat(list(refs, repository.http())).containsExactly(Map.entry(name, commit));
    }

    @Test
    void leavesOutWhatIsNoRefName() throws Exception {
        var id = "1".repeat(40);
        server.answer("/hostile.git/", exchange -> {
            try (exchange) {
                exchange.getResponseHeaders().add("Content-Type", "application/x-git-upload-pack-advertisement");
                var advertised = line("# service=git-upload-pack\n")
                        + "0000"
                        + line(id + " refs/heads/good\0agent=hostile\n")
                        + line(id + " refs/heads/../../secret\n")
                        + line(id + " refs/heads/a b\n")
                        + line(id + " refs/heads/a\u001b[31m\n")
                        + "0000";
                var bytes = advertised.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });

        assertThat(list(refs, server.http("hostile.git"))).isEqualTo(Map.of("refs/heads/good", id));
    }

    @ParameterizedTest
    @ValueSource(strings = {"default-branch", "old/default-branch"})
    void saysWhichBranchIsTheDefault(String name) throws Exception {
        var repository = server.create(name);
        var commit = repository.commit("refs/heads/trunk", "a", "1");
        repository.git("update-ref", "refs/heads/main", commit);
        repository.git("update-ref", "refs/tags/trunk", commit);
        repository.git("symbolic-ref", "HEAD", "refs/heads/trunk");

        assertThat(read(refs, repository.http()).defaultBranch()).contains("refs/heads/trunk");
        assertThat(read(refs, repository.git()).defaultBranch()).contains("refs/heads/trunk");
        assertThat(read(refs, repository.http()).commits())
                .containsOnlyKeys("refs/heads/main", "refs/heads/trunk", "refs/tags/trunk");
    }

    /** Whoever may push could make a branch of the same commit, or one with a usual name, and it would be trusted. */
    @Test
    void guessesNoDefaultBranchWhereHeadNamesNone() throws Exception {
        var repository = server.create("detached");
        var first = repository.commit("refs/heads/trunk", "a", "1");
        repository.commit("refs/heads/main", "a", "2", first);
        repository.commit("refs/heads/master", "a", "2", first);
        repository.git("update-ref", "refs/heads/a", first);

        repository.git("update-ref", "--no-deref", "HEAD", first);
        assertThat(read(refs, repository.http()).defaultBranch()).isEmpty();
        assertThat(read(refs, repository.git()).defaultBranch()).isEmpty();

        repository.git("symbolic-ref", "HEAD", "refs/heads/unborn");
        assertThat(read(refs, repository.http()).defaultBranch()).isEmpty();
    }

    @Test
    void takesNoPullRequestForTheDefaultBranch() throws Exception {
        var repository = server.create("pull-head");
        var commit = repository.commit("refs/pull/7/head", "a", "1");
        repository.git("update-ref", "refs/heads/main", commit);
        repository.git("symbolic-ref", "HEAD", "refs/pull/7/head");

        assertThat(read(refs, repository.http()).defaultBranch()).isEmpty();
        assertThat(read(refs, repository.git()).defaultBranch()).isEmpty();
    }

    @Test
    void takesNoOtherRefForTheDefaultBranch() throws Exception {
        var repository = server.create("odd-head");
        repository.commit("refs/notes/commits", "a", "1");
        repository.git("symbolic-ref", "HEAD", "refs/notes/commits");

        assertThat(read(refs, repository.http())).isEqualTo(new RemoteRefs.Listing(Map.of(), Optional.empty()));
        assertThat(read(refs, repository.git())).isEqualTo(new RemoteRefs.Listing(Map.of(), Optional.empty()));
        assertThat(read(refs, server.create("nothing").http()).defaultBranch()).isEmpty();
    }

    private static String line(String text) {
        return "%04x%s".formatted(text.length() + 4, text);
    }

    @Test
    void readsAPrivateRepositoryWithCredentialsOnly() throws Exception {
        var repository = server.create("private/repository");
        var commit = repository.commit("refs/heads/main", "a", "1");
        var url = repository.http().url();

        var listed = list(refs, new GitRemote("tests", url, GitServer.CREDENTIALS, true));
        var without = failure(new GitRemote("tests", url, null, true));
        var wrong = failure(new GitRemote("tests", url, new GitCredentials.Password("ada", "wrong-password"), true));

        assertThat(listed).isEqualTo(Map.of("refs/heads/main", commit));
        assertThat(without.reason()).isEqualTo(Reason.AuthenticationFailed);
        assertThat(without).hasMessageContaining(url).hasMessageContaining("name a Secret in spec.source.credentials");
        assertThat(wrong.reason()).isEqualTo(Reason.AuthenticationFailed);
        assertThat(wrong).hasMessageContaining("rejects the credentials of spec.source.credentials");
        assertThat(wrong.getMessage()).doesNotContain("wrong-password");
    }

    @Test
    void trustsTheAuthorityOfAServerForThatServerAlone() throws Exception {
        try (var other = GitServer.start()) {
            var commit = server.create("authority").commit("refs/heads/main", "a", "1");
            var url = server.https().url("authority.git");
            var added = AddedAuthorities.parse(server.https().authority());
            var foreign = AddedAuthorities.parse(other.https().authority());

            assertThat(list(refs, new GitRemote("tests", url, null, added, true)))
                    .isEqualTo(Map.of("refs/heads/main", commit));
            for (AddedAuthorities none : List.of(AddedAuthorities.NONE, foreign)) {
                var untrusted = failure(new GitRemote("tests", url, null, none, true));
                assertThat(untrusted.reason()).isEqualTo(Reason.Unreachable);
                assertThat(untrusted).hasMessageContaining("ca.crt");
            }
            // The certificate is not for this name.
            var renamed = url.replace("localhost", "127.0.0.1");
            assertThat(failure(new GitRemote("tests", renamed, null, added, true)))
                    .hasMessageContaining("no TLS connection that Hearth trusts");
        }
    }

    @Test
    void authoritiesAreOfNoUseForPlainHttp() throws Exception {
        var repository = server.create("plain");
        var commit = repository.commit("refs/heads/main", "a", "1");
        var added = AddedAuthorities.parse(server.https().authority());

        assertThat(list(refs, new GitRemote("tests", repository.http().url(), null, added, true)))
                .isEqualTo(Map.of("refs/heads/main", commit));
    }

    /** A forge counts each try, and locks an account for too many. */
    @Test
    void triesWrongCredentialsOnce() {
        var requests = new AtomicInteger();
        server.answer("/counted.git/", exchange -> {
            try (exchange) {
                requests.incrementAndGet();
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"git\"");
                exchange.sendResponseHeaders(401, -1);
            }
        });

        var url = server.http("counted.git").url();
        var wrong = failure(new GitRemote("tests", url, new GitCredentials.Password("ada", "wrong"), true));

        assertThat(wrong.reason()).isEqualTo(Reason.AuthenticationFailed);
        assertThat(requests).hasValue(1);
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
                var port = exchange.getLocalAddress().getPort();
                exchange.getResponseHeaders()
                        .add(
                                "Location",
                                "http://localhost:" + port + "/elsewhere.git/info/refs?service=git-upload-pack");
                exchange.sendResponseHeaders(301, -1);
            }
        });

        var moved = failure(new GitRemote("tests", server.http("redirected.git").url(), GitServer.CREDENTIALS, true));

        assertThat(moved.reason()).isEqualTo(Reason.Invalid);
        assertThat(moved).hasMessageContaining("redirects to another URL");
        assertThat(requests).hasValue(0);
    }

    @Test
    void saysThatARepositoryIsMissing() {
        var overGit = failure(server.git("missing-timeout.git"));
        var overHttp = failure(server.http("missing-timeout.git"));

        assertThat(overGit.reason()).isEqualTo(Reason.RepositoryNotFound);
        assertThat(overHttp.reason()).isEqualTo(Reason.RepositoryNotFound);
        assertThat(overHttp)
                .hasMessage(server.http("missing-timeout.git").url()
                        + " was not found: check spec.source.url, or name credentials in spec.source.credentials if the"
                        + " repository is private");
    }

    @ParameterizedTest
    @CsvSource({
        "403, AuthenticationFailed",
        "404, RepositoryNotFound",
        "429, Unreachable",
        "500, Unreachable",
        "503, Unreachable",
        "410, Invalid"
    })
    void readsTheStatusOfAServer(int status, Reason reason) {
        var path = "status-" + status + ".git";
        server.answer("/" + path + "/", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(status, -1);
            }
        });

        assertThat(failure(server.http(path)).reason()).isEqualTo(reason);
    }

    @Test
    void saysThatAWebPageIsNoRepository() {
        server.answer("/page/", exchange -> {
            try (exchange) {
                exchange.getResponseHeaders().add("Content-Type", "text/html");
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write("<html>timeout, not found</html>".getBytes(StandardCharsets.UTF_8));
            }
        });

        var failure = failure(server.http("page/"));

        assertThat(failure.reason()).isEqualTo(Reason.Invalid);
        assertThat(failure).hasMessageContaining("does not answer as a git repository");
    }

    @Test
    void refusesAServerOfPlainFiles() {
        server.answer("/dumb.git/", exchange -> {
            try (exchange) {
                exchange.getResponseHeaders().add("Content-Type", "text/plain");
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody()
                        .write(("1".repeat(40) + "\trefs/heads/main\n").getBytes(StandardCharsets.UTF_8));
            }
        });

        var failure = failure(server.http("dumb.git"));

        assertThat(failure.reason()).isEqualTo(Reason.Invalid);
        assertThat(failure).hasMessageContaining("dumb HTTP");
    }

    @ParameterizedTest
    @ValueSource(strings = {"git", "http"})
    void saysThatNobodyListens(String scheme) throws IOException {
        // Bound, so that no other test can listen there, but not listening itself.
        try (var reserved = new Socket()) {
            reserved.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            var url = scheme + "://127.0.0.1:" + reserved.getLocalPort() + "/r.git";

            var failure = failure(new GitRemote("tests", url, null, true));

            assertThat(failure.reason()).isEqualTo(Reason.Unreachable);
            assertThat(failure).hasMessageContaining("Connection refused");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"git", "http"})
    void readsNothingOfTheOperatorsOwnHost(String scheme) throws IOException {
        try (var own = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var url = scheme + "://127.0.0.1:" + own.getLocalPort() + "/r.git";

            var failure = failure(new GitRemote("tests", url, null, false));

            assertThat(failure.reason()).isEqualTo(Reason.Invalid);
            assertThat(failure)
                    .hasMessageContaining("a loopback address")
                    .hasMessageContaining("set another host in spec.source.url");
            assertNobodyConnected(own);
        }
    }

    /** What its name led to may have been another host when the address was looked at. */
    @Test
    void refusesTheOperatorsOwnHostAtTheConnection() throws Exception {
        try (var own = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var host = "127.0.0.1:" + own.getLocalPort();
            BUDGET.<Integer>call("tests", Duration.ofMinutes(1), reservation -> {
                var lines = new CountedStream.Lines(reservation.response());
                var http = new CountedConnections(lines, AddedAuthorities.NONE, false);
                var url = URI.create("http://" + host + "/r.git/info/refs").toURL();
                assertThatThrownBy(() -> http.create(url)).hasMessageContaining("a loopback address");
                assertThatThrownBy(() -> http.create(url, Proxy.NO_PROXY)).hasMessageContaining("a loopback address");
                var git = new URIish("git://" + host + "/r.git");
                assertThatThrownBy(() -> DaemonUploadPack.start(git, false)).hasMessageContaining("a loopback address");
                var ssh = new URIish("ssh://" + host + "/r.git");
                var login = new SshLogin("git", SshGitServer.key("ssh-ed25519"), new KnownHosts(List.of(), List.of()));
                assertThatThrownBy(() -> SshUploadPack.start(ssh, login, false))
                        .hasMessageContaining("a loopback address");
                return 0;
            });
            assertNobodyConnected(own);
        }
    }

    private static void assertNobodyConnected(ServerSocket server) throws IOException {
        server.setSoTimeout(100);
        assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"git", "http", "https"})
    void saysThatAHostIsUnknown(String scheme) {
        var failure = failure(new GitRemote("tests", scheme + "://nosuch.invalid/r.git", null, true));

        assertThat(failure.reason()).isEqualTo(Reason.Unreachable);
        assertThat(failure).hasMessageContaining("the host of " + scheme + "://nosuch.invalid/r.git does not resolve");
    }

    @Test
    void saysThatAServerSpeaksNoTls() throws IOException {
        try (var plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> {
                try (var socket = plain.accept()) {
                    socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    // The client learned what it had to.
                }
            });

            var url = "https://127.0.0.1:" + plain.getLocalPort() + "/r.git";
            var failure = failure(new GitRemote("tests", url, null, true));

            assertThat(failure.reason()).isEqualTo(Reason.Unreachable);
            assertThat(failure).hasMessageContaining("has no TLS connection that Hearth trusts");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"git", "http"})
    void givesUpOnAServerThatHangsAndLeavesNoConnection(String scheme) throws IOException {
        var impatient = new RemoteRefs(BUDGET, Duration.ofMillis(400));
        try (var hanging = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var url = scheme + "://127.0.0.1:" + hanging.getLocalPort() + "/r.git";
            var begin = System.nanoTime();

            var failure = failure(impatient, new GitRemote("tests", url, null, true));

            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
            assertThat(failure.reason()).isEqualTo(Reason.Unreachable);
            assertThat(failure).hasMessageContaining("did not answer within 0.4 s");
            try (var socket = hanging.accept()) {
                socket.setSoTimeout(10_000);
                // Ends with the request that was sent, or times out.
                assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
            }
        }
    }

    @Test
    void takesNoMistakeOfItsCallerForOneOfTheServer() {
        var remote = server.create("decided").git();

        assertThatThrownBy(() -> refs.read(remote, _ -> {
                    throw new IllegalStateException("mistake");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("mistake");
    }

    @Test
    void refusesMoreRefsThanItFollows() {
        var repository = server.create("many");
        var commit = repository.commit("refs/heads/a", "a", "1");
        repository.git("update-ref", "refs/heads/b", commit);
        repository.git("update-ref", "refs/heads/c", commit);

        var failure = failure(new RemoteRefs(new ResponseBudget(LIMITS.withRefs(2))), repository.git());

        assertThat(failure.reason()).isEqualTo(Reason.TooLarge);
        assertThat(failure).hasMessageContaining("has 3 refs, more than the limit of 2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc",
                "/etc",
                "../repository",
                "",
                "ext::sh -c id",
                "ssh://git:password@example.org/r.git",
                "ssh://-oProxyCommand=id/r.git",
                "ssh://[FD00::1]/r.git",
                "ssh://example.org:0/r.git",
                "ssh://example.org:00022/r.git",
                "ssh://example.org:70000/r.git",
                "ssh://example.org:x/r.git",
                "ssh://-oProxyCommand=id@example.org/r.git",
                "git@example.org:r.git",
                "--upload-pack=id",
                "https://-oProxyCommand/r.git",
                "https://example.org/r.git\n--option",
                "https://example.org/r%0a.git",
                "git://example.org/r%00host=other.git",
                "https://example.org\\@other.example/r.git",
                "https:///r.git",
                "bundle.git",
                "ftp://example.org/r.git",
                "amazon-s3://example.org/r.git"
            })
    void refusesWhatIsNotToBeRead(String url) {
        var failure = failure(new GitRemote("tests", url, null, true));

        assertThat(failure.reason()).isEqualTo(Reason.Invalid);
        assertThat(failure).hasMessageContaining("is not a URL that Hearth reads");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://ada:s3cret@example.org/r.git",
                "https://s3cret@example.org/r.git",
                "https://ada:with/sl@sh-s3cret@example.org/r.git",
                "https://example.org/r.git?private_token=s3cret",
                "https://ada:s3\ncret@example.org/r.git"
            })
    void showsNoSecretOfAUrl(String url) {
        var remote = new GitRemote("tests", url, new GitCredentials.Password("ada", "s3cret"), true);

        var failure = failure(remote);

        assertThat(failure.reason()).isEqualTo(Reason.Invalid);
        assertThat(failure.getMessage()).contains("example.org/r.git").doesNotContain("cret");
        assertThat(remote.toString()).contains("example.org/r.git", "ada").doesNotContain("cret");
    }

    @Test
    void readsNoConfigurationOfTheMachine() throws Exception {
        list(refs, server.create("isolated").git());

        var reader = SystemReader.getInstance();

        assertThat(System.getenv("PATH")).isNotNull();
        assertThat(reader.getenv("PATH")).isNull();
        assertThat(reader.getUserConfig().getSections()).isEmpty();
        assertThat(reader.getSystemConfig().getSections()).isEmpty();
        assertThat(reader.getJGitConfig().getSections()).isEmpty();
    }

    /** It would count the wait for a turn to read a large answer as the server's time. */
    @ParameterizedTest
    @ValueSource(strings = {"git://git.example/a.git", "https://git.example/a.git"})
    void transportHasNoTimeoutOfItsOwn(String url) throws Exception {
        var timeout = BUDGET.call("tests", Duration.ofMinutes(1), reservation -> {
            try (var store = new CommitStore(reservation.response());
                    var transport =
                            GitTransport.open(new GitRemote("tests", url, null, true), store, reservation.response())) {
                return transport.getTimeout();
            }
        });

        assertThat(timeout).isZero();
    }
}
