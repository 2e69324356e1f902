package dev.hearth.registry;

import java.nio.file.Path;

/**
 * Files packed as the one layer of an image.
 *
 * @param file with the layer: tar and gzip
 * @param digest of the file
 * @param diffId digest of the tar in it
 */
public record ArtifactLayer(Path file, String digest, long size, String diffId) {}
