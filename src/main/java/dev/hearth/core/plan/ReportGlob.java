package dev.hearth.core.plan;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A pattern for report files by their whole path: {@code *} and {@code ?} stay within a folder, {@code **} as a folder's
 * name stands for any folders, or none, and at the end for all files below.
 */
public record ReportGlob(String text) {
    private static final Pattern SPECIAL = Pattern.compile("[.\\[\\]{}()\\\\+^$|]");

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
        return Optional.empty();
    }

    /** The folder in which all of its files are: what comes before the first wildcard; empty for that of the root. */
    public String folder() {
        var fixed = segments().stream().takeWhile(segment -> !isWild(segment)).toList();
        // Without a wildcard it is one file.
        var folders = fixed.size() == segments().size() ? fixed.subList(0, fixed.size() - 1) : fixed;
        return folders.isEmpty() ? "" : "/" + String.join("/", folders);
    }

    /** As an extended regular expression of POSIX, of a whole path, for bytes. */
    public String regex() {
        var regex = new StringBuilder();
        var segments = segments();
        for (int i = 0; i < segments.size(); i++) {
            var last = i == segments.size() - 1;
            if (!segments.get(i).equals("**")) {
                regex.append('/').append(regex(segments.get(i)));
            } else {
                regex.append(last ? "/.*" : "(/.*)?");
            }
        }
        return regex.toString();
    }

    private static String regex(String segment) {
        var quoted = SPECIAL.matcher(segment).replaceAll("\\\\$0");
        return quoted.replaceAll("\\*+", "[^/]*").replaceAll("\\?", "[^/]");
    }

    private List<String> segments() {
        return List.of(text.substring(1).split("/", -1));
    }

    private static boolean isWild(String segment) {
        return segment.contains("*") || segment.contains("?");
    }

    private Optional<String> problem(String what) {
        return Optional.of("the report pattern " + text + " " + what);
    }
}
