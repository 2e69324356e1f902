package dev.hearth.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnCertificateTest {
    private static final Set<String> NAMES = Set.of("hearth.hearth-system.svc", "localhost");
    private final Instant now = Instant.now();
    private static final Duration UNTIL_RENEWAL = OwnCertificate.LIFETIME.minus(OwnCertificate.RENEWAL);

    @Test
    void clientsWithTheAuthorityTrustItForItsNamesOnly() throws Exception {
        var made = made(now);

        assertThat(shakesHands(made.server(), made.trusted(), "localhost")).isTrue();
        assertThat(shakesHands(made.server(), made.trusted(), "hearth.hearth-system.svc"))
                .isTrue();
        assertThat(shakesHands(made.server(), made.trusted(), "other.example")).isFalse();
        assertThat(shakesHands(made.server(), made(now).trusted(), "localhost")).isFalse();
        assertThat(shakesHands(ServerCertificate.untrusted(now), made.trusted(), "localhost"))
                .isFalse();
    }

    @Test
    void isUnchangedWhileItIsValid() throws Exception {
        var made = made(now);
        var stored = read(made.data());

        assertThat(OwnCertificate.current(stored, NAMES, now)).isEqualTo(made);
        assertThat(OwnCertificate.current(stored, NAMES, now.plus(UNTIL_RENEWAL).minusSeconds(2)))
                .isEqualTo(made);
    }

    @Test
    void isRenewedBeforeItsEndByTheSameAuthority() throws Exception {
        var made = made(now.minus(UNTIL_RENEWAL));

        var renewed = OwnCertificate.current(read(made.data()), NAMES, now);

        assertThat(renewed.server()).isNotEqualTo(made.server());
        assertThat(renewed.trusted()).isEqualTo(made.trusted());
        assertThat(renewed.server().end()).isAfter(made.server().end());
        assertThat(shakesHands(renewed.server(), made.trusted(), "localhost")).isTrue();
    }

    @Test
    void isReplacedIfTheNamesChange() throws Exception {
        var made = made(now);

        var renewed = OwnCertificate.current(made, Set.of("hearth.example"), now);

        assertThat(shakesHands(renewed.server(), made.trusted(), "hearth.example"))
                .isTrue();
    }

    @Test
    void publishesTheNextAuthorityBesideTheCurrentOne() throws Exception {
        var old = made(now.minus(Authority.LIFETIME).plus(OwnCertificate.SUCCESSION));

        var next = OwnCertificate.current(old, NAMES, now);
        var last =
                OwnCertificate.current(next, NAMES, now.plus(Authority.LIFETIME).minus(OwnCertificate.SUCCESSION));

        assertThat(Pem.certificates(next.trusted())).hasSize(2).containsAll(Pem.certificates(old.trusted()));
        assertThat(shakesHands(next.server(), next.trusted(), "localhost")).isTrue();
        // The first authority has ended and is not published any more.
        assertThat(Pem.certificates(last.trusted()))
                .hasSize(2)
                .doesNotContainAnyElementsOf(Pem.certificates(old.trusted()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls.crt", "tls.key", "ca.crt", "ca.key"})
    void isReplacedIfAPartIsMissing(String key) throws Exception {
        var data = new HashMap<>(made(now).data());
        data.remove(key);

        var replaced = OwnCertificate.current(read(data), NAMES, now);

        assertThat(shakesHands(replaced.server(), replaced.trusted(), "localhost"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls.crt", "tls.key", "ca.crt", "ca.key"})
    void isReplacedIfAPartCannotBeRead(String key) throws Exception {
        var data = new HashMap<>(made(now).data());
        data.put(key, "-----BEGIN CERTIFICATE-----\nnot that\n-----END CERTIFICATE-----\n");

        var replaced = OwnCertificate.current(read(data), NAMES, now);

        assertThat(shakesHands(replaced.server(), replaced.trusted(), "localhost"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls.crt", "tls.key", "ca.crt", "ca.key"})
    void isReplacedIfAPartBelongsToAnotherCertificate(String key) throws Exception {
        var data = new HashMap<>(made(now).data());
        data.put(key, made(now).data().get(key));

        var replaced = OwnCertificate.current(read(data), NAMES, now);

        assertThat(shakesHands(replaced.server(), replaced.trusted(), "localhost"))
                .isTrue();
    }

    /** The JDK reports a text without a certificate, and Hearth an empty text. */
    @ParameterizedTest
    @ValueSource(strings = {"nothing", ""})
    void reportsAMissingCertificate(String text) {
        assertThatThrownBy(() -> new ServerCertificate(text, text).end())
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessageMatching("[Nn]o certificate .*");
    }

    @Test
    void toStringContainsNoKey() throws Exception {
        assertThat(made(now).toString()).doesNotContain("PRIVATE");
    }

    private static @Nullable OwnCertificate read(Map<String, String> data) {
        return OwnCertificate.read(data).orElse(null);
    }

    private static OwnCertificate made(Instant at) throws GeneralSecurityException {
        return OwnCertificate.current(null, NAMES, at);
    }

    /** Connects over TLS, with a client that checks the name. */
    private static boolean shakesHands(ServerCertificate shown, String trusted, String name) throws Exception {
        var server = (SSLServerSocket)
                server(shown).getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress());
        try (server) {
            var accepted = CompletableFuture.runAsync(() -> {
                try (var socket = server.accept()) {
                    socket.getOutputStream().write(1);
                } catch (IOException e) {
                    // the client reports the failure
                }
            });
            try (var socket = (SSLSocket) client(trusted)
                    .getSocketFactory()
                    .createSocket(
                            new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort()),
                            name,
                            server.getLocalPort(),
                            true)) {
                var parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                return true;
            } catch (SSLException e) {
                return false;
            } finally {
                accepted.join();
            }
        }
    }

    private static SSLContext server(ServerCertificate shown) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, new char[0]);
        store.setKeyEntry("server", Pem.key(shown.key()), new char[0], new Certificate[] {shown.first()});
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), new TrustManager[0], new SecureRandom());
        return context;
    }

    private static SSLContext client(String trusted) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, new char[0]);
        for (var certificate : Pem.certificates(trusted)) {
            store.setCertificateEntry(certificate.getSerialNumber().toString(), certificate);
        }
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[0], trust.getTrustManagers(), new SecureRandom());
        return context;
    }
}
