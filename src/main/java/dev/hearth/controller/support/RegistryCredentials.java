package dev.hearth.controller.support;

import dev.hearth.cluster.Secrets;
import dev.hearth.controller.support.Repositories.Problem;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.registry.Credentials;
import dev.hearth.registry.DockerConfig;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who is to talk to a registry, by the Secret that a pipeline names. */
@ApplicationScoped
public class RegistryCredentials {
    private final AllowedSecrets secrets;

    public RegistryCredentials(AllowedSecrets secrets) {
        this.secrets = secrets;
    }

    /**
     * Null, to ask anonymously, where no Secret is named or it has no entry for the registry. Throws {@link Problem} where
     * the pipeline may not use the Secret.
     */
    public @Nullable Credentials find(String namespace, String pipeline, Optional<SecretUse> use) throws Problem {
        if (use.isEmpty()) {
            return null;
        }
        var host = use.get().host().orElseThrow();
        return Secrets.value(secrets.read(namespace, pipeline, use.get()), ".dockerconfigjson")
                .flatMap(json -> DockerConfig.forRegistry(json.getBytes(StandardCharsets.UTF_8), host))
                .orElse(null);
    }
}
