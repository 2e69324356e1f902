package dev.hearth.core.testreport;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A line of a file of the repository.
 *
 * @param file path relative to the root of the repository, which it does not leave
 * @param line from 1
 */
public record SourceLine(String file, int line) {
    /** Characters of a path. */
    public static final int LONGEST = 200;

    private static final int LAST = 9_999_999;
    private static final Pattern PATH =
            Pattern.compile("(?!.*(?:^|/)\\.{1,2}(?:/|$))[^/\\\\\\p{Cntrl}][^\\\\\\p{Cntrl}]*");

    /** Returns the line. Empty if there is none, or if the path is not relative or may lead out of the repository. */
    public static Optional<SourceLine> of(@Nullable String file, @Nullable Integer line) {
        if (file == null || line == null || line < 1 || line > LAST || file.length() > LONGEST) {
            return Optional.empty();
        }
        var path = file.startsWith("./") ? file.substring(2) : file;
        return PATH.matcher(path).matches() ? Optional.of(new SourceLine(path, line)) : Optional.empty();
    }
}
