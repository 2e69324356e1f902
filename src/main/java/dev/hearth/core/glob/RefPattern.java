package dev.hearth.core.glob;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.hearth.api.PatternSyntax;
import java.util.Optional;

/**
 * A pattern for the short names of branches and tags. Matching takes time in proportion to pattern and name. A pattern that
 * is malformed matches nothing.
 */
public final class RefPattern {
    private static final Pattern WELL_FORMED = Pattern.compile(PatternSyntax.REF);

    private final String text;
    private final Optional<Pattern> regex;

    private RefPattern(String text, Optional<Pattern> regex) {
        this.text = text;
        this.regex = regex;
    }

    public static RefPattern of(String text) {
        return new RefPattern(text, compiled(text));
    }

    private static Optional<Pattern> compiled(String text) {
        if (!WELL_FORMED.matches(text)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Pattern.compile(Wildcards.regex(text, ".*"), Pattern.DOTALL));
        } catch (PatternSyntaxException e) {
            return Optional.empty(); // a range from a later character to an earlier one
        }
    }

    public boolean matches(String name) {
        return isPlain() ? text.equals(name) : regex.map(it -> it.matches(name)).orElse(false);
    }

    public boolean isMalformed() {
        return regex.isEmpty();
    }

    /** Whether it names one ref, so that nothing matching it is a mistake rather than a matter of time. */
    public boolean isPlain() {
        return regex.isPresent() && !Wildcards.in(text);
    }

    /** Whether it says how the names begin, rather than to match names of any kind. */
    public boolean hasFixedStart() {
        return regex.isPresent() && !Wildcards.in(text.substring(0, 1));
    }

    @Override
    public String toString() {
        return text;
    }
}
