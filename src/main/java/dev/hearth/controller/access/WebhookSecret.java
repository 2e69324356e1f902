package dev.hearth.controller.access;

import dev.hearth.api.ForgeSpec;
import dev.hearth.api.Reason;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.SecretReader;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the secret by which the webhooks of a pipeline's forge are proven. */
@ApplicationScoped
public class WebhookSecret {
    private static final String KEY = "secret";

    /** Beginning of a signing key of Standard Webhooks. */
    public static final String SIGNING_KEY = "whsec_";

    /** A shorter secret could be guessed from one signature. */
    private static final int SHORTEST = 16;

    private final AllowedSecrets secrets;

    public WebhookSecret(AllowedSecrets secrets) {
        this.secrets = secrets;
    }

    /**
     * Returns the secret of a webhook. Throws {@link Problem} if its Secret does not exist, does not allow the pipeline, or
     * has no secret that is long enough.
     */
    public String read(String namespace, String pipeline, SecretUse use) throws Problem {
        var secret = secrets.read(namespace, pipeline, use);
        return SecretReader.value(secret, KEY)
                .map(String::strip)
                .filter(value -> value.length() >= SHORTEST && (!value.startsWith(SIGNING_KEY) || isKey(value)))
                .orElseThrow(() -> new Problem(new StatusReason(
                        Reason.SecretInvalid,
                        "Secret " + use.secret() + " of " + use.field() + " has no key " + KEY + " with at least "
                                + SHORTEST + " characters, or with a signing key of " + SIGNING_KEY
                                + " and Base64: give it a random value, and the forge's webhook the same")));
    }

    private static boolean isKey(String value) {
        try {
            return Base64.getDecoder().decode(value.substring(SIGNING_KEY.length())).length > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Returns why webhooks of a pipeline cannot be proven. Empty if they can, or if the pipeline has none. */
    public Optional<StatusReason> problem(String namespace, String pipeline, @Nullable ForgeSpec forge) {
        var use = Optional.ofNullable(forge).flatMap(SecretUse::ofWebhook);
        if (use.isEmpty()) {
            return Optional.empty();
        }
        try {
            read(namespace, pipeline, use.get());
            return Optional.empty();
        } catch (Problem e) {
            return Optional.of(new StatusReason(
                    e.statusReason().reason(),
                    "webhooks are refused: " + e.statusReason().message()));
        } catch (KubernetesClientException e) {
            var why = ApiRejection.statusReason(e);
            return Optional.of(
                    new StatusReason(why.reason(), "the Secret of webhooks cannot be read now: " + why.message()));
        }
    }
}
