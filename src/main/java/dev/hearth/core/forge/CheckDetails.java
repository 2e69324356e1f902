package dev.hearth.core.forge;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a check run shows of a run beside its status. It is public wherever the repository is.
 *
 * @param summary Markdown, of at most {@link #SUMMARY_LENGTH} characters
 * @param annotations failures and warnings at lines of files, at most {@link #MOST_ANNOTATIONS}
 * @param approvable whether it has a button that approves the commit
 * @param subject what the check run is about, such as the digest of what an approval would be for: about another subject there is
 *     another check run, also if it looks the same; null if only what it shows counts
 */
public record CheckDetails(
        String summary,
        List<Annotation> annotations,
        boolean approvable,
        @Nullable String subject) {
    /** GitHub accepts four times as much, and sends all check runs of a page at once. */
    public static final int SUMMARY_LENGTH = 16_000;

    public static final int MOST_ANNOTATIONS = 100;

    /** Identifier of the button that approves the commit: GitHub sends it back. */
    public static final String APPROVE = "approve";

    public CheckDetails {
        annotations = List.copyOf(annotations);
    }

    /**
     * A failure at a line of a file.
     *
     * @param path relative to the root of the repository
     */
    public record Annotation(String path, int line, Level level, String title, String message) {}

    /** How bad it is. */
    public enum Level {
        Failure,
        /** Of a step whose failure is ignored, or of a line that breaks a rule. */
        Warning
    }
}
