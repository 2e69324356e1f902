package dev.hearth.registry;

/**
 * An image that is in the repository already.
 *
 * @param platform such as linux/arm/v7
 * @param digest of its manifest
 */
public record PlatformImage(String platform, String digest) {}
