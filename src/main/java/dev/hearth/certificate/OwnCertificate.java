package dev.hearth.certificate;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A server's certificate and the authority that signed it. One Secret stores both, so that a crash cannot separate
 * them.
 *
 * @param server the certificate that the operator serves with
 * @param authorityKey the private key of the authority, in PEM
 * @param trusted certificates of the authority, in PEM, and of the previous authority while that one is valid
 */
public record OwnCertificate(ServerCertificate server, String authorityKey, String trusted) {
    /** Keys of the Secret. The first two are those of a Secret of type kubernetes.io/tls. */
    public static final String CHAIN = "tls.crt";

    public static final String KEY = "tls.key";
    public static final String TRUSTED = "ca.crt";
    private static final String AUTHORITY_KEY = "ca.key";

    static final Duration LIFETIME = Duration.ofDays(90);

    /** A certificate is renewed this long before its end, so that the operator can be down for a month. */
    static final Duration RENEWAL = Duration.ofDays(30);

    /**
     * The next authority is created this long before the end of the current one, so that clients have a year to trust
     * it.
     */
    static final Duration SUCCESSION = Duration.ofDays(365);

    /** Reads the data of the Secret. Empty if a key is missing. */
    public static Optional<OwnCertificate> read(Map<String, String> data) {
        return data.keySet().containsAll(List.of(CHAIN, KEY, TRUSTED, AUTHORITY_KEY))
                ? Optional.of(new OwnCertificate(
                        new ServerCertificate(text(data, CHAIN), text(data, KEY)),
                        text(data, AUTHORITY_KEY),
                        text(data, TRUSTED)))
                : Optional.empty();
    }

    private static String text(Map<String, String> data, String key) {
        return data.getOrDefault(key, "");
    }

    public Map<String, String> data() {
        return Map.of(CHAIN, server.chain(), KEY, server.key(), TRUSTED, trusted, AUTHORITY_KEY, authorityKey);
    }

    /**
     * Returns the certificate that a server with these names should have now: the stored one while it is valid,
     * otherwise one with new parts. A stored one that cannot be read counts as missing.
     */
    public static OwnCertificate current(@Nullable OwnCertificate before, Collection<String> names, Instant now)
            throws GeneralSecurityException {
        if (before != null) {
            try {
                return before.renewed(names, now);
            } catch (GeneralSecurityException unreadable) {
                // It counts as missing, and a new one is created.
            }
        }
        return create(names, List.of(), now);
    }

    private OwnCertificate renewed(Collection<String> names, Instant now) throws GeneralSecurityException {
        var authorities = Pem.certificates(trusted);
        if (authorities.isEmpty()) {
            throw new GeneralSecurityException("no certificate of the authority");
        }
        var newest = authorities.getFirst();
        if (isOver(newest, SUCCESSION, now)) {
            var valid = authorities.stream()
                    .filter(it -> !isOver(it, Duration.ZERO, now))
                    .toList();
            return create(names, valid, now);
        }
        server.check();
        var shown = server.first();
        shown.verify(newest.getPublicKey());
        var authority = new Authority(Pem.key(authorityKey), newest);
        return isOver(shown, RENEWAL, now) || !server.isFor(names)
                ? new OwnCertificate(authority.issue(names, now, LIFETIME), authorityKey, trusted)
                : this;
    }

    private static boolean isOver(X509Certificate certificate, Duration ahead, Instant now) {
        return !now.plus(ahead).isBefore(certificate.getNotAfter().toInstant());
    }

    private static OwnCertificate create(Collection<String> names, List<X509Certificate> others, Instant now)
            throws GeneralSecurityException {
        var authority = Authority.create("Hearth", now);
        var trusted = new StringBuilder(Pem.of(authority.certificate()));
        for (var other : others) {
            trusted.append(Pem.of(other));
        }
        return new OwnCertificate(authority.issue(names, now, LIFETIME), Pem.of(authority.key()), trusted.toString());
    }

    /** Contains no keys. */
    @Override
    public String toString() {
        return "OwnCertificate[" + server + "]";
    }
}
