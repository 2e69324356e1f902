package dev.hearth.agent;

/**
 * Asks for the files of an image that an {@link ArtifactPushRequest} has pushed.
 *
 * @param image repository and digest
 * @param folder folder that appears once it is complete
 * @param limitBytes size that the files may have
 * @param limitSeconds time that all attempts may take
 */
public record ArtifactPullRequest(
        String image, String folder, long limitBytes, RegistryAccess registry, long limitSeconds)
        implements AgentRequest {}
