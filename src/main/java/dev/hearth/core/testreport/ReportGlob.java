package dev.hearth.core.testreport;

import dev.hearth.core.glob.PathPattern;
import java.util.List;
import java.util.Optional;

/** A pattern for report files by their whole path, in the dialect of paths. */
public record ReportGlob(String text) {

    /** What is wrong with it, as a sentence that says what to do; empty where nothing is. */
    public Optional<String> problem() {
        if (!text.startsWith("/")) {
            return problem("has to be a whole path; write for example /reports/*.xml");
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            return problem("has a control character; write it without");
        }
        if (text.endsWith("/")) {
            return problem("names a folder; write " + text + "** for all files in it");
        }
        if (segments().stream().anyMatch(segment -> List.of("", ".", "..").contains(segment))) {
            return problem("has an empty folder name, or . or ..; write the path without");
        }
        if (PathPattern.isMalformed(text)) {
            return problem("is malformed: close every [, and write a backslash before every brace and backslash");
        }
        if (text.contains("[") && !text.chars().allMatch(c -> c < 128)) {
            return problem("has a set in brackets and characters that are not ASCII; write * or ? instead of the set");
        }
        return Optional.empty();
    }

    /** The folder in which all of its files are: what comes before the first wildcard; empty for that of the root. */
    public String folder() {
        var fixed = segments().stream()
                .takeWhile(segment -> !PathPattern.isWild(segment))
                .map(PathPattern::plain)
                .toList();
        // Without a wildcard it is one file.
        var folders = fixed.size() == segments().size() ? fixed.subList(0, fixed.size() - 1) : fixed;
        return folders.isEmpty() ? "" : "/" + String.join("/", folders);
    }

    /** As an extended regular expression of POSIX, of a whole path, for bytes. */
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
