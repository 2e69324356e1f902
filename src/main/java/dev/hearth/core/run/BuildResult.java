package dev.hearth.core.run;

import dev.hearth.core.status.StatusReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a solve, or the making of an index, gave.
 *
 * @param digest of the pushed image, null if none was pushed
 * @param cached steps found in the cache, null where nothing was solved
 * @param executed steps that ran, FROM and BuildKit's own steps not counted
 * @param cacheFrom where the cache came from, in words
 * @param trouble what was wrong with its cache, null if nothing
 * @param regressed the first of the steps that ran although this very commit was built on this cache before
 */
public record BuildResult(
        @Nullable String digest,
        @Nullable Integer cached,
        @Nullable Integer executed,
        @Nullable String cacheFrom,
        @Nullable StatusReason trouble,
        List<String> regressed) {

    public BuildResult {
        regressed = List.copyOf(regressed);
    }

    /** Of an index, which is made and not built. */
    public static BuildResult made(String digest) {
        return new BuildResult(digest, null, null, null, null, List.of());
    }
}
