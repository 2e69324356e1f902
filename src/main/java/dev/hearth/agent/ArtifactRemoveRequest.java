package dev.hearth.agent;

import java.util.List;

/**
 * Asks to delete artifacts from their registry.
 *
 * @param images repositories and digests
 * @param limitSeconds time that all attempts may take
 */
public record ArtifactRemoveRequest(List<String> images, RegistryAccess registry, long limitSeconds)
        implements AgentRequest {
    public ArtifactRemoveRequest {
        images = List.copyOf(images);
    }
}
