package dev.hearth.core.glob;

import com.google.re2j.Pattern;
import java.util.List;

/**
 * Patterns in the syntax of a .gitignore file at the root of a repository. The last pattern that matches a path decides.
 * Matching takes time in proportion to the patterns and the path. A malformed pattern matches nothing.
 */
public final class IgnorePatterns {
    private final List<Rule> rules;

    private IgnorePatterns(List<Rule> rules) {
        this.rules = rules;
    }

    public static IgnorePatterns of(List<String> lines) {
        return new IgnorePatterns(lines.stream()
                .filter(line -> !PathPattern.isMalformed(line))
                .map(Rule::of)
                .toList()
                .reversed());
    }

    /**
     * Whether the patterns select a file, or a directory with everything in it. Callers do not ask for paths in a selected
     * directory.
     *
     * @param path from the root, without a slash at either end
     */
    public boolean select(String path, boolean directory) {
        return rules.stream()
                .filter(rule -> rule.matches(path, directory))
                .findFirst()
                .map(Rule::selects)
                .orElse(false);
    }

    /**
     * One line.
     *
     * @param selects whether matching paths are selected; otherwise they are excluded
     * @param directories whether only directories match
     * @param part a text that all matching paths contain, which is checked first because that is faster
     */
    private record Rule(boolean selects, boolean directories, String part, Pattern regex) {

        static Rule of(String line) {
            var selects = !line.startsWith("!");
            var glob = selects ? line : line.substring(1);
            var directories = glob.endsWith("/");
            var named = directories ? glob.substring(0, glob.length() - 1) : glob;
            var anywhere = !named.contains("/");
            var rooted = named.startsWith("/") ? named.substring(1) : named;
            var segments = List.of(rooted.split("/", -1));
            var regex = (anywhere ? "(.*/)?" : "")
                    // ** is special only in a pattern with a slash.
                    + (anywhere ? Wildcards.regex(rooted, "[^/]*") : PathPattern.regex(segments));
            var part = segments.stream()
                    .filter(segment -> !Wildcards.in(segment))
                    .map(Wildcards::plain)
                    .findFirst()
                    .orElse("");
            return new Rule(selects, directories, part, Pattern.compile(regex, Pattern.DOTALL));
        }

        boolean matches(String path, boolean directory) {
            return (directory || !directories) && path.contains(part) && regex.matches(path);
        }
    }
}
