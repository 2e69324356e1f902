package dev.hearth.testbed;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The certificate of the operator's HTTPS port. */
public final class OperatorCertificate {
    private OperatorCertificate() {}

    /** Trusts what the operator says is its authority, and nobody else. */
    public static SSLContext trusting(KubernetesClient client, String namespace)
            throws GeneralSecurityException, IOException {
        var published = client.configMaps()
                .inNamespace(namespace)
                .withName(HearthDeployment.DEPLOYMENT + "-ca")
                .require()
                .getData()
                .getOrDefault("ca.crt", "");
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, new char[0]);
        var certificates = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(published.getBytes(StandardCharsets.US_ASCII)));
        for (var certificate : certificates) {
            store.setCertificateEntry(String.valueOf(store.size()), certificate);
        }
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[0], trust.getTrustManagers(), new SecureRandom());
        return context;
    }
}
