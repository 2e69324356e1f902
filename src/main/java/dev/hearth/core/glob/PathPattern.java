package dev.hearth.core.glob;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.hearth.api.PatternSyntax;
import java.util.List;

/** The syntax of one pattern for paths, which is a line of a .gitignore file. */
public final class PathPattern {
    private static final Pattern WELL_FORMED = Pattern.compile(PatternSyntax.PATH);

    private PathPattern() {}

    public static boolean isMalformed(String line) {
        if (!WELL_FORMED.matches(line)) {
            return true;
        }
        try {
            Pattern.compile(regex(List.of(line.split("/", -1))));
            return false;
        } catch (PatternSyntaxException e) {
            return true; // a range from a later character to an earlier one
        }
    }

    /** Returns the pattern that matches one path literally. */
    public static String quoted(String path) {
        return path.replaceAll("[*?\\[{}\\\\]|^[!#]", "\\\\$0");
    }

    /** Whether a segment of a well-formed pattern has a wildcard. */
    public static boolean isWild(String segment) {
        return Wildcards.in(segment);
    }

    /** Returns the folder or file name that a segment without wildcards matches. */
    public static String plain(String segment) {
        return Wildcards.plain(segment);
    }

    /**
     * Returns the regular expression of matching paths, relative to the root, in the common syntax of RE2 and POSIX ERE.
     *
     * @param segments the parts between the slashes of a well-formed pattern
     */
    public static String regex(List<String> segments) {
        var regex = new StringBuilder();
        for (int at = 0; at < segments.size(); at++) {
            var last = at == segments.size() - 1;
            if (segments.get(at).equals("**")) {
                regex.append(last ? ".+" : "(.*/)?");
            } else {
                regex.append(Wildcards.regex(segments.get(at), "[^/]*")).append(last ? "" : "/");
            }
        }
        return regex.toString();
    }
}
