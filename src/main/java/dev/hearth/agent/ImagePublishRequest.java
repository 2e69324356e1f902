package dev.hearth.agent;

import java.util.List;

/**
 * Asks to push an index of images that are in a repository already, and to set its tags. A single image gets the tags without
 * an index.
 *
 * @param repository registry host, port and path
 * @param limitSeconds time that all attempts may take
 */
public record ImagePublishRequest(
        String repository, List<Image> images, List<String> tags, RegistryAccess registry, long limitSeconds)
        implements AgentRequest {
    public ImagePublishRequest {
        images = List.copyOf(images);
        tags = List.copyOf(tags);
    }

    /** The image of a platform. */
    public record Image(String platform, String digest) {}
}
