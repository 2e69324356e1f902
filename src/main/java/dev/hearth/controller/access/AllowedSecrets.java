package dev.hearth.controller.access;

import dev.hearth.api.Reason;
import dev.hearth.cluster.SecretReader;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.Secret;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The one way from a pipeline to a Secret: each use is checked against what the Secret allows now. */
@ApplicationScoped
public class AllowedSecrets {
    private final SecretReader secrets;
    private final boolean optIn;

    public AllowedSecrets(SecretReader secrets, HearthConfig config) {
        this.secrets = secrets;
        this.optIn = config.secrets().optIn();
    }

    /** Why a pipeline may not use a Secret in this way; empty if it may. */
    public Optional<StatusReason> refusal(String namespace, String pipeline, SecretUse use) {
        try {
            read(namespace, pipeline, use);
            return Optional.empty();
        } catch (Problem problem) {
            return Optional.of(problem.finding());
        }
    }

    /** Throws {@link Problem} where the Secret does not allow this use, or does not exist. */
    public Secret read(String namespace, String pipeline, SecretUse use) throws Problem {
        var found = secrets.find(namespace, use.secret());
        var consent = optIn ? found.map(AllowedSecrets::consent).orElse(SecretConsent.NONE) : SecretConsent.ALL;
        var refusal = consent.refusal(namespace, pipeline, use);
        if (refusal.isPresent()) {
            throw new Problem(refusal.get());
        }
        return found.orElseThrow(() -> new Problem(new StatusReason(
                Reason.SecretNotFound,
                use.field() + " names Secret " + use.secret() + ", which does not exist in this namespace")));
    }

    private static SecretConsent consent(Secret secret) {
        return SecretConsent.of(Objects.requireNonNullElse(secret.getMetadata().getAnnotations(), Map.of()));
    }
}
