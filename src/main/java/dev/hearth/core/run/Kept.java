package dev.hearth.core.run;

import dev.hearth.api.TestSummary;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a step that has ended, however it ended.
 *
 * @param files that it left for later steps, null if it left none
 * @param tests what its reports say, null if it has none
 * @param note what was not kept, and why
 */
public record Kept(
        @Nullable Files files,
        @Nullable TestSummary tests,
        @Nullable String note) {
    public static final Kept NOTHING = new Kept(null, null, null);

    /**
     * Files of an artifact.
     *
     * @param digest of their paths, types, modes, link targets and content
     * @param kib size in KiB
     */
    public record Files(String digest, long files, long kib) {}
}
