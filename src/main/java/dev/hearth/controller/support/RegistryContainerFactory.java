package dev.hearth.controller.support;

import dev.hearth.config.HearthConfig;
import dev.hearth.pod.registry.RegistryContainer;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Creates containers that use registries, with the settings of this installation. */
@ApplicationScoped
public class RegistryContainerFactory {
    private final HearthConfig config;

    public RegistryContainerFactory(HearthConfig config) {
        this.config = config;
    }

    /**
     * Returns the container for the repository of a pipeline's artifacts.
     *
     * @param secret null for anonymous access
     */
    public RegistryContainer ofArtifacts(@Nullable String secret) {
        return container("spec.artifacts", secret);
    }

    /**
     * Returns the container for the repository to which a build is pushed.
     *
     * @param secret null for anonymous access
     */
    public RegistryContainer ofPush(String build, @Nullable String secret) {
        return container("spec.builds[" + build + "].push", secret);
    }

    private RegistryContainer container(String field, @Nullable String secret) {
        return new RegistryContainer(
                config.agent().image(),
                HearthConfig.Registries.plainHttp(config.registries()),
                field,
                Optional.ofNullable(secret));
    }
}
