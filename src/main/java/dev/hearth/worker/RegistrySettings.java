package dev.hearth.worker;

import dev.hearth.registry.DockerConfig;
import dev.hearth.registry.RegistryLogin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings of registries in the container's environment.
 *
 * @param config folder with a docker {@code config.json}; empty if the pipeline names no Secret
 * @param insecure registry hosts, with port, that are contacted over plain HTTP
 */
record RegistrySettings(Optional<Path> config, Set<String> insecure) {
    private static final String CONFIG = "DOCKER_CONFIG";
    private static final String INSECURE = "HEARTH_INSECURE";

    static RegistrySettings of(Map<String, String> environment) {
        return new RegistrySettings(
                Optional.ofNullable(environment.get(CONFIG)).map(Path::of),
                Set.of(environment.getOrDefault(INSECURE, "").split(",")));
    }

    /** Returns the credentials. Null if the Secret has none for this registry, which may allow anonymous access. */
    @Nullable
    RegistryLogin credentials(String repository) throws WorkerFailure, IOException {
        if (config.isEmpty()) {
            return null;
        }
        var file = config.get().resolve("config.json");
        if (!Files.exists(file)) {
            throw new WorkerFailure(
                    "the Secret that spec.artifacts.credentials names does not exist in this namespace or has no"
                            + " key .dockerconfigjson: create it with kubectl create secret docker-registry");
        }
        return DockerConfig.forRegistry(Files.readAllBytes(file), host(repository))
                .orElse(null);
    }

    boolean isInsecure(String repository) {
        return insecure.contains(host(repository));
    }

    private static String host(String repository) {
        return repository.split("/", 2)[0];
    }
}
