package dev.hearth.registry;

import java.nio.file.Path;

/**
 * Files that are packed as the layer of an image.
 *
 * @param file file with the layer: tar and gzip
 * @param digest digest of the file
 * @param diffId digest of the uncompressed tar
 */
public record ArtifactLayer(Path file, String digest, long size, String diffId) {}
