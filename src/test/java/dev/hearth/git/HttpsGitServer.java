package dev.hearth.git;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.hearth.certificate.OwnCertificate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A server with a certificate for localhost and for a name that only a proxy of the tests knows, from an authority of its own. */
public final class HttpsGitServer implements AutoCloseable {
    private final HttpsServer server;
    private final OwnCertificate certificate;

    private HttpsGitServer(HttpsServer server, OwnCertificate certificate) {
        this.server = server;
        this.certificate = certificate;
    }

    /** Starts it. It answers when this returns. */
    public static HttpsGitServer start(InetAddress address, HttpHandler handler) throws IOException {
        try {
            var certificate = OwnCertificate.current(null, List.of("localhost", "git.proxied.test"), Instant.now());
            var server = HttpsServer.create(new InetSocketAddress(address, 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context(certificate)));
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", handler);
            server.start();
            return new HttpsGitServer(server, certificate);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(OwnCertificate certificate) throws GeneralSecurityException, IOException {
        var key = certificate
                .server()
                .key()
                .lines()
                .filter(line -> !line.startsWith("-"))
                .reduce("", String::concat);
        var chain = CertificateFactory.getInstance("X.509")
                .generateCertificates(
                        new ByteArrayInputStream(certificate.server().chain().getBytes(StandardCharsets.US_ASCII)))
                .toArray(Certificate[]::new);
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "server",
                KeyFactory.getInstance("EC")
                        .generatePrivate(
                                new PKCS8EncodedKeySpec(Base64.getDecoder().decode(key))),
                new char[0],
                chain);
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    /** The certificate of the authority, in PEM. */
    public String authority() {
        return certificate.trusted();
    }

    public String url(String path) {
        return "https://localhost:" + server.getAddress().getPort() + "/" + path;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
