package dev.hearth.certificate;

import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A server's certificate chain and its private key.
 *
 * @param chain in PEM, the server's own certificate first
 * @param key in PEM
 */
public record ServerCertificate(String chain, String key) {

    /** Creates a certificate for one hour that no client trusts. It is served until there is another. */
    public static ServerCertificate untrusted(Instant now) throws GeneralSecurityException {
        return Authority.create("Hearth before its start", now).issue(List.of("localhost"), now, Duration.ofHours(1));
    }

    /** Returns the end of its validity. Throws if the chain cannot be read. */
    public Instant end() throws GeneralSecurityException {
        return first().getNotAfter().toInstant();
    }

    X509Certificate first() throws GeneralSecurityException {
        var certificates = Pem.certificates(chain);
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException("no certificate in PEM");
        }
        return certificates.getFirst();
    }

    /** Throws if key and certificate do not belong together. */
    void check() throws GeneralSecurityException {
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(Pem.key(key));
        var signed = signature.sign();
        signature.initVerify(first().getPublicKey());
        if (!signature.verify(signed)) {
            throw new GeneralSecurityException("the private key does not belong to the certificate");
        }
    }

    boolean isFor(Collection<String> names) throws GeneralSecurityException {
        var alternatives = first().getSubjectAlternativeNames();
        Set<String> own = alternatives == null
                ? Set.of()
                : alternatives.stream().map(it -> String.valueOf(it.getLast())).collect(Collectors.toSet());
        return own.equals(Set.copyOf(names));
    }

    /** Contains no key. */
    @Override
    public String toString() {
        return "ServerCertificate[" + chain + "]";
    }
}
