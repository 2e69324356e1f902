package dev.hearth.report;

import com.google.re2j.Pattern;
import dev.hearth.core.testreport.SourceLine;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the line at which a test failed. Few tools have attributes for it; that of pytest is the line of the test, not of the
 * failure. So the details of the failure come first, such as {@code tests/test_app.py:12: AssertionError}.
 */
final class FailedLineFinder {
    /** A path with a folder, so that it is one from the root: tools of some languages name the file alone. */
    private static final Pattern AT_START = Pattern.compile(
            "(?m)^[ \\t]*((?:[A-Za-z0-9_][A-Za-z0-9_.@+-]*/)+[A-Za-z0-9_][A-Za-z0-9_.@+-]*\\.[A-Za-z0-9]+):([0-9]{1,7})(?:$|[^0-9])");

    /** What follows a path: 12, (12 or ", line 12. */
    private static final Pattern AFTER_PATH = Pattern.compile("^(?::|\\(|\", line )([0-9]{1,7})(?:$|[^0-9])");

    /** Of a file in the details. A report of somebody else must not take long. */
    private static final int MOST_OCCURRENCES = 20;

    private FailedLineFinder() {}

    /**
     * Returns the first line that the details name.
     *
     * @param file attribute of the test; may be empty
     * @param line attribute of the test; may be empty
     */
    static Optional<SourceLine> find(String file, String line, String details) {
        if (file.length() > SourceLine.LONGEST) {
            return Optional.empty();
        }
        return file.isBlank()
                ? inDetails(details)
                : SourceLine.of(file, following(file, details)).or(() -> SourceLine.of(file, number(line)));
    }

    private static Optional<SourceLine> inDetails(String details) {
        var found = AT_START.matcher(details);
        return found.find() ? SourceLine.of(found.group(1), number(found.group(2))) : Optional.empty();
    }

    private static @Nullable Integer following(String file, String details) {
        var at = details.indexOf(file);
        for (int seen = 0; at >= 0 && seen < MOST_OCCURRENCES; seen++) {
            var after = AFTER_PATH.matcher(
                    details.substring(at + file.length(), Math.min(details.length(), at + file.length() + 20)));
            if (after.find()) {
                return number(after.group(1));
            }
            at = details.indexOf(file, at + 1);
        }
        return null;
    }

    private static @Nullable Integer number(String text) {
        return text.matches("[0-9]{1,7}") ? Integer.valueOf(text) : null;
    }
}
