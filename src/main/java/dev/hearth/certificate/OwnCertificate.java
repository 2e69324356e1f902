package dev.hearth.certificate;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A server's certificate and the authority that signed it, as they are kept in one Secret, so that no crash leaves one without
 * the other.
 *
 * @param trusted certificates of the authority, in PEM; of the one before too, for as long as that is valid
 */
public record OwnCertificate(ServerCertificate server, String authorityKey, String trusted) {
    /** Keys of the Secret; the first two are those of every Secret of type kubernetes.io/tls. */
    public static final String CHAIN = "tls.crt";

    public static final String KEY = "tls.key";
    public static final String TRUSTED = "ca.crt";
    private static final String AUTHORITY_KEY = "ca.key";

    static final Duration LIFETIME = Duration.ofDays(90);

    /** Time enough for a whole month without an operator. */
    static final Duration RENEWAL = Duration.ofDays(30);

    /** Readers have a year to learn of the next authority. */
    static final Duration SUCCESSION = Duration.ofDays(365);

    /** What is kept; empty where something is missing. */
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
     * What should be kept at some time for a server of some names: the same while that is good, else with what has to be new.
     * What cannot be read counts as not being there.
     */
    public static OwnCertificate current(Optional<OwnCertificate> before, Collection<String> names, Instant now)
            throws GeneralSecurityException {
        if (before.isPresent()) {
            try {
                return before.get().renewed(names, now);
            } catch (GeneralSecurityException unreadable) {
                // As if it were not there.
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

    /** Without keys. */
    @Override
    public String toString() {
        return "OwnCertificate[" + server + "]";
    }
}
