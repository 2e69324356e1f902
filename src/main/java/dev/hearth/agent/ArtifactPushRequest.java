package dev.hearth.agent;

/**
 * Asks to push a folder to a registry, as an image of one layer without a tag.
 *
 * @param repository registry host, port and path
 * @param owner what the image belongs to: images of different owners have different digests
 * @param limitBytes size that the files may have
 * @param limitSeconds time that all attempts may take
 */
public record ArtifactPushRequest(
        String folder, String repository, String owner, long limitBytes, RegistryAccess registry, long limitSeconds)
        implements AgentRequest {}
