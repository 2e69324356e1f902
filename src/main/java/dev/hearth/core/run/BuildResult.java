package dev.hearth.core.run;

import dev.hearth.api.BuiltByName;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of a solve or a publication.
 *
 * @param digest of the pushed image, null if none was pushed
 * @param cached number of build steps found in the cache, null for a publication
 * @param executed number of build steps that ran, without FROM and BuildKit's internal steps
 * @param cacheFrom the cache origin, as text
 * @param warning what was wrong with the cache, null if nothing was
 * @param rebuilt the first build steps that ran although this commit was built on this cache before
 */
@BuiltByName
public record BuildResult(
        @Nullable String digest,
        @Nullable Integer cached,
        @Nullable Integer executed,
        @Nullable String cacheFrom,
        @Nullable StatusReason warning,
        List<String> rebuilt)
        implements BuildResultBuilder.With {

    public BuildResult {
        rebuilt = List.copyOf(rebuilt);
    }

    /** Returns the result of a push that is no solve. */
    public static BuildResult pushed(String digest) {
        return BuildResultBuilder.builder().digest(digest).build();
    }
}
