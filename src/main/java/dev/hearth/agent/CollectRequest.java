package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for what a task leaves: its reports, in the order of their patterns, and the digest of its artifact.
 *
 * @param artifact folder of the artifact; null if the task has none
 */
public record CollectRequest(
        List<Pattern> reports, @Nullable String artifact) implements AgentRequest {
    public CollectRequest {
        reports = List.copyOf(reports);
    }

    /**
     * Names report files.
     *
     * @param folder folder that has all matching files
     * @param regex expression that matches the bytes of a whole path
     */
    public record Pattern(Kind kind, String folder, String regex) {}

    /** What the operator does with a report file. */
    public enum Kind {
        /** Counts its tests: it is in the format of JUnit. */
        @JsonProperty("junit")
        JUnit,
        /** Only keeps it. */
        @JsonProperty("files")
        Files
    }
}
