package dev.hearth.core.metrics;

import dev.hearth.api.Trust;

/**
 * Whose caches a figure is about. Never a ref, a commit or a run: of these there is no end.
 *
 * @param policy name of the CachePolicy that they follow
 * @param pipeline as namespace/name
 */
public record CacheTags(String policy, String pipeline, Trust trust) {}
