package dev.hearth.core.testreport;

import dev.hearth.core.glob.PathPattern;
import java.util.List;
import java.util.Optional;

/** A pattern for the absolute paths of report files, in the syntax of {@link PathPattern}. */
public record ReportGlob(String text) {

    /** Returns what is wrong with the pattern and what to do; empty if it is valid. */
    public Optional<String> problem() {
        if (!text.startsWith("/")) {
            return problem("must be an absolute path; write for example /reports/*.xml");
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            return problem("has a control character; remove it");
        }
        if (text.endsWith("/")) {
            return problem("names a folder; write " + text + "** for all files in it");
        }
        if (segments().stream().anyMatch(segment -> List.of("", ".", "..").contains(segment))) {
            return problem("has an empty folder name, or . or ..; remove it");
        }
        if (PathPattern.isMalformed(text)) {
            return problem("is malformed: close every [, and write a backslash before every brace and backslash");
        }
        if (text.contains("[") && !text.chars().allMatch(c -> c < 128)) {
            return problem("has a set in brackets and characters that are not ASCII; write * or ? instead of the set");
        }
        return Optional.empty();
    }

    /** Returns the folder that contains all matching files: the path before the first wildcard. Empty for the root folder. */
    public String folder() {
        var fixed = segments().stream()
                .takeWhile(segment -> !PathPattern.isWild(segment))
                .map(PathPattern::plain)
                .toList();
        // Without a wildcard, the last segment is the file.
        var folders = fixed.size() == segments().size() ? fixed.subList(0, fixed.size() - 1) : fixed;
        return folders.isEmpty() ? "" : "/" + String.join("/", folders);
    }

    /** Returns the pattern as a POSIX extended regular expression that matches the bytes of an absolute path. */
    public String regex() {
        return "/" + PathPattern.regex(segments());
    }

    private List<String> segments() {
        return List.of(text.substring(1).split("/", -1));
    }

    private Optional<String> problem(String what) {
        return Optional.of("the report pattern " + text + " " + what);
    }
}
