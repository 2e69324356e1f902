package dev.hearth.core.plan;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one form of placeholders: {@code {matrix.db}}, {@code {commit}}. Only the names that are known stand for something,
 * so that braces of a shell, of JSON or of a template language stay as they are; one more brace before a name, as in
 * <code>{{ref}</code>, writes the placeholder itself, and after a dollar it is a shell's. A value is put in as it is and not looked at again.
 */
public final class Template {
    private static final Pattern PLACEHOLDER = Pattern.compile(
            "(?<!\\$)\\{(\\{?)(matrix\\.[A-Za-z][A-Za-z0-9]*|ref|branch|tag|pullRequest|commit|run|shards?)\\}");

    private Template() {}

    /** The text with its placeholders' values; one that has none, such as the tag of a branch, is empty. */
    public static String fill(String text, Map<String, String> values) {
        return PLACEHOLDER
                .matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(
                        found.group(1).isEmpty()
                                ? Objects.requireNonNullElse(values.get(found.group(2)), "")
                                : found.group().substring(1)));
    }

    /** Names that a text's placeholders have. */
    public static Set<String> names(String text) {
        var names = new LinkedHashSet<String>();
        PLACEHOLDER
                .matcher(text)
                .results()
                .filter(found -> found.group(1).isEmpty())
                .forEach(found -> names.add(found.group(2)));
        return names;
    }
}
