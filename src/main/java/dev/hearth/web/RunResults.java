package dev.hearth.web;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What there is to read of a run.
 *
 * @param note why there may be less than expected
 */
public record RunResults(
        String namespace, String run, @Nullable String note, List<StepResults> steps) {

    /** What there is to read of a step; a step that has not ended has less than it will. */
    public record StepResults(String name, @Nullable String state, List<Item> logs, List<Item> files) {}

    /**
     * Something to read.
     *
     * @param name of a log its container, of a file its path
     * @param href relative to Hearth's address
     */
    public record Item(String name, long bytes, String href) {}
}
