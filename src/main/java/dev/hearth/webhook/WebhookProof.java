package dev.hearth.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.commons.codec.digest.HmacAlgorithms.HMAC_SHA_256;

import dev.hearth.api.ForgeType;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.function.Function;
import org.apache.commons.codec.digest.HmacUtils;
import org.jspecify.annotations.Nullable;

/**
 * Checks that whoever sent a request knows the secret of the webhook. Each forge has one header for it, and no other header
 * is accepted in its place: GitHub's older SHA-1 signature is not. Comparisons take the same time whatever differs.
 *
 * @param secret the secret; a blank one proves nothing
 */
record WebhookProof(ForgeType forge, String secret) {
    /** Beginning of a signing key of Standard Webhooks: the rest is the key in Base64. */
    private static final String SIGNING_KEY = "whsec_";

    /** How much the clocks of forge and operator may differ. A request that is older is a repetition. */
    private static final Duration CLOCKS = Duration.ofMinutes(5);

    /** Returns whether the headers prove the body. */
    boolean isValid(Function<String, @Nullable String> header, byte[] body, Instant now) {
        if (secret.isBlank()) {
            return false;
        }
        return switch (forge) {
            case GitHub -> isHex(header.apply("X-Hub-Signature-256"), "sha256=", body);
            case Gitea -> isHex(header.apply("X-Gitea-Signature"), "", body);
            case Forgejo -> isHex(header.apply("X-Forgejo-Signature"), "", body);
            case GitLab ->
                secret.startsWith(SIGNING_KEY)
                        ? isStandard(header, body, now)
                        : isEqual(secret, header.apply("X-Gitlab-Token"));
        };
    }

    private boolean isHex(@Nullable String signature, String prefix, byte[] body) {
        var expected = prefix + HexFormat.of().formatHex(new HmacUtils(HMAC_SHA_256, secret).hmac(body));
        return isEqual(expected, signature);
    }

    /** Standard Webhooks (standardwebhooks.com): several signatures, each after its version, of id, time and body. */
    private boolean isStandard(Function<String, @Nullable String> header, byte[] body, Instant now) {
        var id = header.apply("webhook-id");
        var time = header.apply("webhook-timestamp");
        var signatures = header.apply("webhook-signature");
        if (id == null || time == null || signatures == null || !isNear(time, now)) {
            return false;
        }
        try {
            var key = Base64.getDecoder().decode(secret.substring(SIGNING_KEY.length()));
            var signed = new HmacUtils(HMAC_SHA_256, key).hmac(concat((id + "." + time + ".").getBytes(UTF_8), body));
            var expected = "v1," + Base64.getEncoder().encodeToString(signed);
            return Arrays.stream(signatures.split(" ", 10)).anyMatch(signature -> isEqual(expected, signature));
        } catch (IllegalArgumentException e) {
            return false; // the secret is not Base64, or has no key
        }
    }

    private static boolean isNear(String seconds, Instant now) {
        try {
            var sent = Instant.ofEpochSecond(Long.parseLong(seconds));
            return Duration.between(sent, now).abs().compareTo(CLOCKS) <= 0;
        } catch (NumberFormatException | DateTimeException | ArithmeticException e) {
            return false;
        }
    }

    private static boolean isEqual(String expected, @Nullable String sent) {
        return sent != null && MessageDigest.isEqual(expected.getBytes(UTF_8), sent.getBytes(UTF_8));
    }

    private static byte[] concat(byte[] one, byte[] other) {
        var both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }
}
