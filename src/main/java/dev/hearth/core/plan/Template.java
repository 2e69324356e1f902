package dev.hearth.core.plan;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces placeholders such as {@code {matrix.db}} and {@code {commit}}. Only known names are placeholders, so that braces
 * of a shell, of JSON or of a template language do not change. A second brace escapes a placeholder, as in
 * <code>{{ref}</code>, and a dollar before the brace makes it a shell's variable. Placeholders in values are not replaced.
 */
public final class Template {
    private static final Pattern PLACEHOLDER = Pattern.compile(
            "(?<!\\$)\\{(\\{?)(matrix\\.[A-Za-z][A-Za-z0-9]*|ref|branch|tag|pullRequest|commit|run|shards?)\\}");

    private Template() {}

    /** Returns the text with values in place of its placeholders. One without a value, such as a branch's tag, is empty. */
    public static String fill(String text, Map<String, String> values) {
        return PLACEHOLDER
                .matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(
                        found.group(1).isEmpty()
                                ? Objects.requireNonNullElse(values.get(found.group(2)), "")
                                : found.group().substring(1)));
    }

    /** Returns the names of the placeholders in a text. */
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
