package dev.hearth.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ForgeType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.apache.commons.codec.digest.HmacAlgorithms;
import org.apache.commons.codec.digest.HmacUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WebhookProofTest {
    private static final Instant NOW = Instant.ofEpochSecond(1614265330);

    /** The example of GitHub's documentation of webhook signatures. */
    private static final String GITHUB_SECRET = "It's a Secret to Everybody";

    private static final byte[] GITHUB_BODY = "Hello, World!".getBytes(UTF_8);
    private static final String GITHUB_SIGNATURE =
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    /** The example of the libraries of Standard Webhooks. */
    private static final String SIGNING_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static final byte[] STANDARD_BODY = "{\"test\": 2432232314}".getBytes(UTF_8);
    private static final String STANDARD_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    @Test
    void acceptsTheExampleOfGitHub() {
        assertThat(isValid(
                        ForgeType.GitHub, GITHUB_SECRET, Map.of("X-Hub-Signature-256", GITHUB_SIGNATURE), GITHUB_BODY))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"Gitea, X-Gitea-Signature", "Forgejo, X-Forgejo-Signature"})
    void acceptsTheBareSignatureOfGiteaAndForgejo(ForgeType forge, String header) {
        var signature = GITHUB_SIGNATURE.substring("sha256=".length());
        assertThat(isValid(forge, GITHUB_SECRET, Map.of(header, signature), GITHUB_BODY))
                .isTrue();
    }

    @Test
    void acceptsTheExampleOfStandardWebhooksFromGitLab() {
        assertThat(isValid(ForgeType.GitLab, SIGNING_KEY, standard("1614265330", STANDARD_SIGNATURE), STANDARD_BODY))
                .isTrue();
        assertThat(isValid(
                        ForgeType.GitLab,
                        SIGNING_KEY,
                        standard("1614265330", "v1,AAAA v2,BBBB " + STANDARD_SIGNATURE),
                        STANDARD_BODY))
                .as("one of several")
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1614265029", "1614265631", "soon", "-99999999999999999999", "9223372036854775807"})
    void refusesARequestOfAnotherTime(String time) {
        var key = Base64.getDecoder().decode(SIGNING_KEY.substring("whsec_".length()));
        var signed = new HmacUtils(HmacAlgorithms.HMAC_SHA_256, key)
                .hmac("id." + time + "." + new String(STANDARD_BODY, UTF_8));
        var signature = "v1," + Base64.getEncoder().encodeToString(signed);

        assertThat(isValid(ForgeType.GitLab, SIGNING_KEY, standard("id", time, signature), STANDARD_BODY))
                .isFalse();
    }

    @Test
    void acceptsTheTokenOfGitLabOnlyIfTheSecretIsNoSigningKey() {
        assertThat(isValid(ForgeType.GitLab, GITHUB_SECRET, Map.of("X-Gitlab-Token", GITHUB_SECRET), GITHUB_BODY))
                .isTrue();
        assertThat(isValid(ForgeType.GitLab, SIGNING_KEY, Map.of("X-Gitlab-Token", SIGNING_KEY), GITHUB_BODY))
                .isFalse();
        assertThat(isValid(ForgeType.GitLab, GITHUB_SECRET, Map.of("X-Gitlab-Token", "It's a secret"), GITHUB_BODY))
                .isFalse();
    }

    /** A header of another forge, or GitHub's older signature, proves nothing, even if it is right. */
    @ParameterizedTest
    @EnumSource
    void refusesWhatAnotherForgeWouldSend(ForgeType forge) {
        var bare = GITHUB_SIGNATURE.substring("sha256=".length());
        var all = new HashMap<>(Map.of(
                "X-Hub-Signature-256", GITHUB_SIGNATURE,
                "X-Gitea-Signature", bare,
                "X-Forgejo-Signature", bare,
                "X-Gogs-Signature", bare,
                "X-Gitlab-Token", GITHUB_SECRET,
                "X-Hub-Signature",
                        "sha1=" + new HmacUtils(HmacAlgorithms.HMAC_SHA_1, GITHUB_SECRET).hmacHex(GITHUB_BODY)));
        assertThat(isValid(forge, GITHUB_SECRET, all, GITHUB_BODY)).isTrue();

        all.remove(
                switch (forge) {
                    case GitHub -> "X-Hub-Signature-256";
                    case GitLab -> "X-Gitlab-Token";
                    case Gitea -> "X-Gitea-Signature";
                    case Forgejo -> "X-Forgejo-Signature";
                });

        assertThat(isValid(forge, GITHUB_SECRET, all, GITHUB_BODY)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void provesNothingWithoutASecret(ForgeType forge) {
        var signature = new HmacUtils(HmacAlgorithms.HMAC_SHA_256, new byte[] {0}).hmacHex(GITHUB_BODY);
        var headers = Map.of(
                "X-Hub-Signature-256",
                "sha256=" + signature,
                "X-Gitea-Signature",
                signature,
                "X-Forgejo-Signature",
                signature,
                "X-Gitlab-Token",
                "");
        assertThat(isValid(forge, "", headers, GITHUB_BODY)).isFalse();
        assertThat(isValid(forge, "  ", headers, GITHUB_BODY)).isFalse();
    }

    @Property(tries = 500)
    void refusesEveryOtherBodyAndSignature(
            @ForAll byte[] body,
            @ForAll @AlphaChars @StringLength(min = 16, max = 40) String secret,
            @ForAll byte[] signature) {
        var sent = HexFormat.of().formatHex(signature);
        assertThat(isValid(ForgeType.GitHub, secret, Map.of("X-Hub-Signature-256", "sha256=" + sent), body))
                .isFalse();
        assertThat(isValid(ForgeType.Gitea, secret, Map.of("X-Gitea-Signature", sent), body))
                .isFalse();
        assertThat(isValid(ForgeType.GitLab, "whsec_" + secret, standard("1614265330", "v1," + sent), body))
                .isFalse();
    }

    private static Map<String, String> standard(String time, String signature) {
        return standard("msg_p5jXN8AQM9LWM0D4loKWxJek", time, signature);
    }

    private static Map<String, String> standard(String id, String time, String signature) {
        return Map.of("webhook-id", id, "webhook-timestamp", time, "webhook-signature", signature);
    }

    private static boolean isValid(ForgeType forge, String secret, Map<String, String> headers, byte[] body) {
        try {
            return new WebhookProof(forge, secret).isValid(headers::get, new ByteArrayInputStream(body), NOW);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
