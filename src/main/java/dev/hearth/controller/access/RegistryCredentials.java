package dev.hearth.controller.access;

import dev.hearth.cluster.SecretReader;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.registry.DockerConfig;
import dev.hearth.registry.RegistryLogin;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Finds the login for a registry in the Secret that a pipeline names. */
@ApplicationScoped
public class RegistryCredentials {
    private final AllowedSecrets secrets;

    public RegistryCredentials(AllowedSecrets secrets) {
        this.secrets = secrets;
    }

    /**
     * Returns the login. Null, which means anonymous access, if no Secret is named or it has no entry for the registry.
     * Throws {@link Problem} if the pipeline may not use the Secret.
     */
    public @Nullable RegistryLogin find(String namespace, String pipeline, @Nullable SecretUse use) throws Problem {
        if (use == null) {
            return null;
        }
        var host = use.host().orElseThrow();
        return SecretReader.value(secrets.read(namespace, pipeline, use), ".dockerconfigjson")
                .flatMap(json -> DockerConfig.forRegistry(json.getBytes(StandardCharsets.UTF_8), host))
                .orElse(null);
    }
}
