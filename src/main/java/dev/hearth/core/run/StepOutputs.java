package dev.hearth.core.run;

import dev.hearth.api.TestSummary;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a step that has ended, however it ended.
 *
 * @param files that it left for later steps, null if it left none
 * @param tests what its reports say, null if it has none
 * @param note what was not kept and why, or what went wrong beside a command that went well
 * @param caches where the directories came from that it found, null if it has none
 */
public record StepOutputs(
        @Nullable Files files,
        @Nullable TestSummary tests,
        @Nullable String note,
        @Nullable String caches) {
    public static final StepOutputs NOTHING = new StepOutputs(null, null, null);

    /** Of a step without directories of its own. */
    public StepOutputs(@Nullable Files files, @Nullable TestSummary tests, @Nullable String note) {
        this(files, tests, note, null);
    }

    /** The same with one more thing to say, which comes first. */
    public StepOutputs noting(@Nullable String first) {
        return first == null ? this : new StepOutputs(files, tests, note == null ? first : first + "\n" + note, caches);
    }

    /** The same of a step whose directories came from there. */
    public StepOutputs from(String where) {
        return new StepOutputs(files, tests, note, where);
    }

    /**
     * Files of an artifact.
     *
     * @param digest of their paths, types, modes, link targets and content
     * @param kib size in KiB
     */
    public record Files(String digest, long files, long kib) {}
}
