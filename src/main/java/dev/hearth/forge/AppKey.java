package dev.hearth.forge;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import org.apache.commons.codec.digest.DigestUtils;

/** Private key of a GitHub App. Equal keys are equal; the text is a fingerprint. */
public final class AppKey {
    /** What GitHub makes, and the least that RS256 may have. */
    private static final int SHORTEST = 2048;

    private static final String BEGIN = "-----BEGIN ";

    /** The clock of the forge may be behind ours. */
    private static final Duration SKEW = Duration.ofMinutes(1);

    /** GitHub accepts ten minutes, by its own clock. */
    private static final Duration VALIDITY = Duration.ofMinutes(9);

    private final RSASSASigner signer;
    private final String fingerprint;

    private AppKey(RSASSASigner signer, String fingerprint) {
        this.signer = signer;
        this.fingerprint = fingerprint;
    }

    /**
     * Reads a private key in PEM: PKCS#1 as GitHub delivers it, or PKCS#8. Empty if it is none that GitHub uses, or if there is
     * anything beside it.
     */
    @SuppressWarnings("IllegalCatch") // the parsers of BouncyCastle throw several kinds for broken keys
    public static Optional<AppKey> parse(String pem) {
        try {
            // The parser merges several keys without a comparison.
            return pem.indexOf(BEGIN) == pem.lastIndexOf(BEGIN)
                            && JWK.parseFromPEMEncodedObjects(pem) instanceof RSAKey key
                            && key.isPrivate()
                            && key.size() >= SHORTEST
                    ? Optional.of(new AppKey(new RSASSASigner(key), fingerprint(key)))
                    : Optional.empty();
        } catch (JOSEException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** Returns a hash of the private key, not of the public one: whoever knows only that must not get what belongs to the key. */
    private static String fingerprint(RSAKey key) throws JOSEException {
        return DigestUtils.sha256Hex(key.toPrivateKey().getEncoded());
    }

    /** Returns a JSON Web Token by which the App proves for some minutes who it is. */
    String sign(long app, Instant now) {
        var claims = new JWTClaimsSet.Builder()
                .issuer(String.valueOf(app))
                .issueTime(Date.from(now.minus(SKEW)))
                .expirationTime(Date.from(now.plus(VALIDITY)))
                .build();
        var token = new SignedJWT(new JWSHeader(JWSAlgorithm.RS256), claims);
        try {
            token.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("the key of a GitHub App cannot sign", e);
        }
        return token.serialize();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AppKey key && key.fingerprint.equals(fingerprint);
    }

    @Override
    public int hashCode() {
        return fingerprint.hashCode();
    }

    @Override
    public String toString() {
        return fingerprint;
    }
}
