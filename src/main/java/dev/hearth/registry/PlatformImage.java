package dev.hearth.registry;

/**
 * An image of one platform that is in the repository.
 *
 * @param platform platform such as linux/arm/v7
 * @param digest digest of its manifest
 */
public record PlatformImage(String platform, String digest) {}
