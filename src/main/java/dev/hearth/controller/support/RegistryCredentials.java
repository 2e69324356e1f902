package dev.hearth.controller.support;

import dev.hearth.api.SecretName;
import dev.hearth.cluster.Secrets;
import dev.hearth.registry.Credentials;
import dev.hearth.registry.DockerConfig;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Who is to talk to a registry, by the Secret that a pipeline names. */
@ApplicationScoped
public class RegistryCredentials {
    private final Secrets secrets;

    public RegistryCredentials(Secrets secrets) {
        this.secrets = secrets;
    }

    /**
     * Null, for nobody in particular, where none is named, or it says nothing of the registry.
     *
     * @param host of the registry, with port
     */
    public @Nullable Credentials find(String namespace, @Nullable SecretName named, String host) {
        return named == null
                ? null
                : secrets.find(namespace, named.secretName())
                        .flatMap(secret -> Secrets.value(secret, ".dockerconfigjson"))
                        .flatMap(json -> DockerConfig.forRegistry(json.getBytes(StandardCharsets.UTF_8), host))
                        .orElse(null);
    }
}
