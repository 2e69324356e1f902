package dev.hearth.core.glob;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.hearth.api.PatternSyntax;
import org.jspecify.annotations.Nullable;

/**
 * A pattern for short names of branches and tags. Matching takes time in proportion to the pattern and the name. A malformed
 * pattern matches nothing.
 */
public final class RefPattern {
    private static final Pattern WELL_FORMED = Pattern.compile(PatternSyntax.REF);

    private final String text;
    private final @Nullable Pattern regex;

    private RefPattern(String text, @Nullable Pattern regex) {
        this.text = text;
        this.regex = regex;
    }

    public static RefPattern of(String text) {
        return new RefPattern(text, compile(text));
    }

    private static @Nullable Pattern compile(String text) {
        if (!WELL_FORMED.matches(text)) {
            return null;
        }
        try {
            return Pattern.compile(Wildcards.regex(text, ".*"), Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            return null; // a range from a later character to an earlier one
        }
    }

    public boolean matches(String name) {
        return isPlain() ? text.equals(name) : regex != null && regex.matches(name);
    }

    public boolean isMalformed() {
        return regex == null;
    }

    /** Whether the pattern names one ref, so that a missing ref is a mistake. */
    public boolean isPlain() {
        return regex != null && !Wildcards.in(text);
    }

    /** Whether all matching names begin with the same character. */
    public boolean hasFixedStart() {
        return regex != null && !Wildcards.in(text.substring(0, 1));
    }

    @Override
    public String toString() {
        return text;
    }
}
