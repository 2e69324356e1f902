package dev.hearth.web;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The stored results of a run.
 *
 * @param note why results may be missing
 */
public record RunResults(
        String namespace, String run, @Nullable String note, List<StepResults> steps) {

    /** The stored results of a step. They are complete when the step has ended. */
    public record StepResults(String name, @Nullable String state, List<Item> logs, List<Item> files) {}

    /**
     * A log or file.
     *
     * @param name container of the log, or path of the file
     * @param href path at Hearth's address
     */
    public record Item(String name, long bytes, String href) {}
}
