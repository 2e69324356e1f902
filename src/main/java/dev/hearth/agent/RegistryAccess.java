package dev.hearth.agent;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How registries are reached.
 *
 * @param field field of the pipeline's spec that names the repository, whose parts messages of the agent name
 * @param credentials folder with a {@code config.json}; null for anonymous access
 * @param insecure registry hosts, with port, that are reached over plain HTTP
 */
public record RegistryAccess(String field, @Nullable String credentials, List<String> insecure) {
    public RegistryAccess {
        insecure = List.copyOf(insecure);
    }
}
