package dev.hearth.authority;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Certificate authorities that are trusted for some connections, in addition to those of the operator. */
public record AddedAuthorities(List<X509Certificate> certificates) {
    public static final AddedAuthorities NONE = new AddedAuthorities(List.of());

    private static final int LARGEST = 256 << 10;
    private static final String BEGIN = "-----BEGIN CERTIFICATE-----";

    public AddedAuthorities {
        certificates = List.copyOf(certificates);
    }

    /**
     * Reads certificates in PEM, with any text between them.
     *
     * @throws CertificateException if the text has none, or one that cannot be read, or is too large. The message says what
     *     is wrong with the text and does not quote it.
     */
    public static AddedAuthorities parse(String pem) throws CertificateException {
        if (pem.length() > LARGEST) {
            throw new CertificateException("is larger than " + LARGEST / 1024 + " KiB");
        }
        var certificates =
                pem.lines().filter(line -> line.strip().equals(BEGIN)).count();
        if (certificates == 0) {
            throw new CertificateException("has no certificate in PEM, which begins with " + BEGIN);
        }
        try {
            var read = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toList();
            if (read.size() == certificates) {
                return new AddedAuthorities(read);
            }
        } catch (CertificateException e) {
            // The message could quote the text.
        }
        throw new CertificateException("has a certificate that cannot be read");
    }

    /** Returns whether there are none. */
    public boolean isEmpty() {
        return certificates.isEmpty();
    }

    /** Returns what trusts servers whose certificates are from these authorities, or from one that the operator trusts. */
    public TrustManager[] trustManagers() throws GeneralSecurityException {
        var all = KeyStore.getInstance(KeyStore.getDefaultType());
        try {
            all.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        for (TrustManager manager : managers(null)) {
            if (manager instanceof X509TrustManager own) {
                add(all, "own-", Arrays.asList(own.getAcceptedIssuers()));
            }
        }
        add(all, "added-", certificates);
        return managers(all);
    }

    /** Returns the settings for connections to such servers. */
    public SSLContext context() throws GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(null, trustManagers(), null);
        return context;
    }

    private static void add(KeyStore store, String prefix, List<X509Certificate> certificates)
            throws GeneralSecurityException {
        for (int number = 0; number < certificates.size(); number++) {
            store.setCertificateEntry(prefix + number, certificates.get(number));
        }
    }

    private static TrustManager[] managers(@Nullable KeyStore store) throws GeneralSecurityException {
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }
}
