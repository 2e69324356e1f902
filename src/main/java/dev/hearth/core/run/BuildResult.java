package dev.hearth.core.run;

import org.jspecify.annotations.Nullable;

/**
 * What a solve, or the making of an index, gave.
 *
 * @param digest of the pushed image, null if none was pushed
 * @param cached steps found in the cache, null where nothing was solved
 * @param executed steps that ran, FROM and BuildKit's own steps not counted
 */
public record BuildResult(
        @Nullable String digest,
        @Nullable Integer cached,
        @Nullable Integer executed) {}
