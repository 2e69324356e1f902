package dev.hearth.agent;

/**
 * Asks to push a folder to a registry, as an image of one layer without a tag.
 *
 * @param repository registry host, port and path
 * @param limitSeconds time that all attempts may take
 */
public record ArtifactPushRequest(String folder, String repository, RegistryAccess registry, long limitSeconds)
        implements AgentRequest {}
