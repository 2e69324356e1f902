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
import org.jboss.logging.Logger;

/** Reads Secrets for pipelines. All uses go through this class, which checks the present consent of the Secret. */
@ApplicationScoped
public class AllowedSecrets {
    private static final Logger LOG = Logger.getLogger(AllowedSecrets.class);

    private final SecretReader secrets;
    private final boolean optIn;

    public AllowedSecrets(SecretReader secrets, HearthConfig config) {
        this.secrets = secrets;
        this.optIn = config.secrets().optIn();
    }

    /** Returns why a pipeline may not use a Secret in this way. Empty if it may. */
    public Optional<StatusReason> refusal(String namespace, String pipeline, SecretUse use) {
        try {
            read(namespace, pipeline, use);
            return Optional.empty();
        } catch (Problem problem) {
            return Optional.of(problem.statusReason());
        }
    }

    /** Returns a Secret. Throws {@link Problem} if it does not exist or does not allow this use. */
    public Secret read(String namespace, String pipeline, SecretUse use) throws Problem {
        var found = secrets.find(namespace, use.secret());
        var consent = optIn ? found.map(AllowedSecrets::consent).orElse(SecretConsent.NONE) : SecretConsent.ALL;
        var refusal = consent.refusal(namespace, pipeline, use);
        if (refusal.isPresent()) {
            LOG.debugf("Pipeline %s/%s: may not use Secret %s", namespace, pipeline, use.secret());
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
