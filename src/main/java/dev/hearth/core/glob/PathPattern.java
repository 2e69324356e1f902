package dev.hearth.core.glob;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.hearth.api.PatternSyntax;
import java.util.List;

/** The syntax of one pattern for paths: a line of .gitignore. */
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

    /** The pattern of one path that is written as it is. */
    public static String quoted(String path) {
        return path.replaceAll("[*?\\[{}\\\\]|^[!#]", "\\\\$0");
    }

    /** Whether a folder or file name of a pattern that is well formed has a wildcard. */
    public static boolean isWild(String segment) {
        return Wildcards.in(segment);
    }

    /** The folder or file name that one without wildcards stands for. */
    public static String plain(String segment) {
        return Wildcards.plain(segment);
    }

    /**
     * An expression, for RE2 and POSIX extended alike, of the paths from the root that match; without a slash at either end.
     *
     * @param segments what is between the slashes of a pattern that is well formed
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
