package dev.hearth.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.commons.codec.digest.HmacAlgorithms.HMAC_SHA_256;

import dev.hearth.api.ForgeType;
import dev.hearth.controller.access.WebhookSecret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
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
 * is accepted in its place: GitHub's older SHA-1 signature is not. Comparisons take the same time whatever differs. The body
 * passes by and is not kept.
 *
 * @param secret the secret; a blank one proves nothing
 */
record WebhookProof(ForgeType forge, String secret) {
    private static final String STANDARD = "webhook-signature";
    private static final String TOKEN = "X-Gitlab-Token";

    /** How much the clocks of forge and operator may differ. A request that is older is a repetition. */
    private static final Duration CLOCKS = Duration.ofMinutes(5);

    /** Returns whether a request has a header that may prove it. One without is not worth reading a Secret. */
    static boolean isOffered(ForgeType forge, Function<String, @Nullable String> header) {
        return header.apply(header(forge)) != null || (forge == ForgeType.GitLab && header.apply(STANDARD) != null);
    }

    private static String header(ForgeType forge) {
        return switch (forge) {
            case GitHub -> "X-Hub-Signature-256";
            case GitLab -> TOKEN;
            case Gitea -> "X-Gitea-Signature";
            case Forgejo -> "X-Forgejo-Signature";
        };
    }

    /** Returns whether the headers prove the body. */
    boolean isValid(Function<String, @Nullable String> header, InputStream body, Instant now) throws IOException {
        if (secret.isBlank()) {
            return false;
        }
        var proof = header.apply(header(forge));
        return switch (forge) {
            case GitHub -> isHex(proof, "sha256=", body);
            case Gitea, Forgejo -> isHex(proof, "", body);
            case GitLab ->
                secret.startsWith(WebhookSecret.SIGNING_KEY) ? isStandard(header, body, now) : isEqual(secret, proof);
        };
    }

    private boolean isHex(@Nullable String signature, String prefix, InputStream body) throws IOException {
        var expected = HexFormat.of().formatHex(new HmacUtils(HMAC_SHA_256, secret).hmac(body));
        return isEqual(prefix + expected, signature);
    }

    /** Standard Webhooks (standardwebhooks.com): several signatures, each after its version, of id, time and body. */
    private boolean isStandard(Function<String, @Nullable String> header, InputStream body, Instant now)
            throws IOException {
        var id = header.apply("webhook-id");
        var time = header.apply("webhook-timestamp");
        var signatures = header.apply(STANDARD);
        if (id == null || time == null || signatures == null || !isNear(time, now)) {
            return false;
        }
        try {
            var key = Base64.getDecoder().decode(secret.substring(WebhookSecret.SIGNING_KEY.length()));
            var beginning = new ByteArrayInputStream((id + "." + time + ".").getBytes(UTF_8));
            var signed = new HmacUtils(HMAC_SHA_256, key).hmac(new SequenceInputStream(beginning, body));
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
}
