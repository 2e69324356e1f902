package dev.hearth.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hearth.api.ForgeType;
import dev.hearth.authority.AddedAuthorities;
import dev.hearth.config.TestConfig;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.forge.ForgeClient;
import dev.hearth.forge.ForgeCredential.Token;
import dev.hearth.forge.ForgeException;
import dev.hearth.forge.ForgeLogin;
import dev.hearth.git.GitException;
import dev.hearth.git.GitRemote;
import dev.hearth.git.GitServer;
import dev.hearth.git.HttpsGitServer;
import dev.hearth.git.RemoteRefs;
import dev.hearth.proxy.OutboundProxy.Login;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Connections through a proxy that alone knows the names of servers. Isolated, since the process has one proxy. */
@Isolated
class OutboundProxyTest {
    private static final Login LOGIN = new Login("operator", "correct:horse");
    private static final String HEADER = "Basic b3BlcmF0b3I6Y29ycmVjdDpob3JzZQ==";
    private static final ForgeClient FORGES =
            new ForgeClient(GitServer.BUDGET, TestConfig.of(Map.of("network.loopback", true)), Clock.systemUTC());

    private final @Nullable ProxySelector before = ProxySelector.getDefault();

    @AfterEach
    void restore() {
        ProxySelector.setDefault(before);
        Authenticator.setDefault(null);
    }

    @Test
    void forgeIsReachedThroughTheProxyWhichAloneGetsTheLogin() throws Exception {
        Set<String> headers = new ConcurrentSkipListSet<>();
        try (var proxy = ConnectProxy.start(HEADER);
                var forge = forge(headers)) {
            OutboundProxy.of(proxy.url(), List.of(), LOGIN).install();

            assertThat(FORGES.<Boolean>call("tests", login(forge), it -> it.pullRequest(1) != null))
                    .isTrue();

            var port = URI.create(forge.url("")).getPort();
            assertThat(proxy.requests()).containsOnly("CONNECT git.proxied.test:" + port + " HTTP/1.1");
            assertThat(headers).contains("Authorization").doesNotContain("Proxy-authorization");
        }
    }

    @Test
    void wrongLoginIsSaid() throws Exception {
        try (var proxy = ConnectProxy.start("Basic other");
                var forge = forge(new ConcurrentSkipListSet<>());
                var git = GitServer.start()) {
            OutboundProxy.of(proxy.url(), List.of(), LOGIN).install();

            assertThat(catchThrowableOfType(
                            ForgeException.class, () -> FORGES.call("tests", login(forge), it -> it.pullRequest(1))))
                    .hasMessageContaining("the proxy of the operator asks for a login");
            try (var https = git.https()) {
                assertThat(catchThrowableOfType(GitException.class, () -> refs(https, git.create("app"))))
                        .hasMessageContaining("is not reached through the operator's proxy")
                        .hasMessageContaining("407");
            }
            assertThat(proxy.requests()).isEmpty();
        }
    }

    @Test
    void repositoriesAreReadThroughTheProxy() throws Exception {
        try (var proxy = ConnectProxy.start(HEADER);
                var git = GitServer.start();
                var https = git.https()) {
            OutboundProxy.of(proxy.url(), List.of(), LOGIN).install();
            var repository = git.create("app");
            var commit = repository.commit("refs/heads/main", "a", "1");

            assertThat(refs(https, repository)).containsEntry("refs/heads/main", commit);
            assertThat(proxy.requests()).isNotEmpty().allMatch(line -> line.startsWith("CONNECT git.proxied.test:"));
        }
    }

    @Test
    void plainHttpIsSentToAProxyThatAsksForNoLogin() throws Exception {
        try (var proxy = ConnectProxy.start(null);
                var git = GitServer.start()) {
            OutboundProxy.of(proxy.url(), List.of(), null).install();
            var repository = git.create("app");
            var commit = repository.commit("refs/heads/main", "a", "1");

            var plain = proxied(repository.http().url());
            assertThat(refs(new GitRemote("tests", plain, null, true))).containsEntry("refs/heads/main", commit);
            assertThat(proxy.requests()).anyMatch(line -> line.startsWith("GET " + plain));
        }
    }

    /** Java takes this for an answer of the proxy. */
    @Test
    void serverThatAsksForTheProxysLoginDoesNotGetIt() throws Exception {
        Set<String> headers = new ConcurrentSkipListSet<>();
        try (var proxy = ConnectProxy.start(HEADER);
                var server = HttpsGitServer.start(InetAddress.getLoopbackAddress(), exchange -> {
                    try (exchange) {
                        headers.addAll(exchange.getRequestHeaders().keySet());
                        exchange.getResponseHeaders().set("Proxy-Authenticate", "Basic realm=\"proxy\"");
                        exchange.sendResponseHeaders(407, -1);
                    }
                })) {
            OutboundProxy.of(proxy.url(), List.of(), LOGIN).install();
            var remote = new GitRemote(
                    "tests", proxied(server.url("app.git")), null, AddedAuthorities.parse(server.authority()), true);

            assertThat(catchThrowableOfType(GitException.class, () -> refs(remote)))
                    .isNotNull();

            assertThat(headers).contains("User-agent").doesNotContain("Proxy-authorization");
        }
    }

    @Test
    void directHostsAreReachedWithoutIt() throws Exception {
        try (var proxy = ConnectProxy.start(null);
                var git = GitServer.start()) {
            OutboundProxy.of(proxy.url(), List.of("proxied.test"), null).install();
            var repository = git.create("app");
            var commit = repository.commit("refs/heads/main", "a", "1");

            assertThat(refs(repository.http())).containsEntry("refs/heads/main", commit);
            var unknown = new GitRemote("tests", proxied(repository.http().url()), null, true);
            assertThat(catchThrowableOfType(GitException.class, () -> refs(unknown)))
                    .hasMessageContaining("does not resolve");
            assertThat(proxy.requests()).isEmpty();
        }
    }

    /** What a name means is for the proxy to say, but an address is checked before it is asked. */
    @Test
    void addressesToWhichHearthNeverConnectsAreNotAskedFor() throws Exception {
        try (var proxy = ConnectProxy.start(null)) {
            OutboundProxy.of(proxy.url(), List.of(), null).install();
            for (var host : List.of("169.254.169.254", "2852039166", "0xa9fea9fe", "025177524776", "[fd00:ec2::254]")) {
                var remote = new GitRemote("tests", "https://" + host + "/app.git", null, true);
                assertThat(catchThrowableOfType(GitException.class, () -> refs(remote)))
                        .hasMessageContaining("to which Hearth never connects");
            }
            assertThat(proxy.requests()).isEmpty();
        }
    }

    private static HttpsGitServer forge(Set<String> headers) throws IOException {
        return HttpsGitServer.start(InetAddress.getLoopbackAddress(), exchange -> {
            try (exchange) {
                headers.addAll(exchange.getRequestHeaders().keySet());
                var json = "{\"user\":{\"login\":\"ada\"},\"head\":{\"sha\":\"" + "1".repeat(40) + "\"}}";
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write(json.getBytes(UTF_8));
            }
        });
    }

    private static ForgeLogin login(HttpsGitServer forge) throws Exception {
        return new ForgeLogin(
                new ForgeAddress(ForgeType.Gitea, proxied(forge.url("api/v1")), "team/app"),
                new Token("token"),
                AddedAuthorities.parse(forge.authority()));
    }

    private static Map<String, String> refs(HttpsGitServer https, GitServer.Repository repository) throws Exception {
        var url = proxied(https.url(repository.name() + ".git"));
        return refs(new GitRemote("tests", url, null, AddedAuthorities.parse(https.authority()), true));
    }

    private static Map<String, String> refs(GitRemote remote) throws GitException {
        return new RemoteRefs(GitServer.BUDGET).read(remote, RemoteRefs.Listing::commits);
    }

    private static String proxied(String url) {
        return url.replaceFirst("//[^:/]+", "//git.proxied.test");
    }
}
