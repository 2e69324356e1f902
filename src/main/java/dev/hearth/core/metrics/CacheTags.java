package dev.hearth.core.metrics;

import dev.hearth.api.Trust;

/**
 * The tags of a cache metric. They never include a ref, commit or run, of which there is an unlimited number.
 *
 * @param policy name of the CachePolicy that the caches follow
 * @param pipeline as namespace/name
 */
public record CacheTags(String policy, String pipeline, Trust trust) {}
