package dev.hearth.core.text;

import java.time.Duration;
import java.util.Locale;

/** Parses durations of specs: {@code 1h30m}, {@code 15m}, {@code 90s}, {@code 7d}. */
public final class Durations {
    private Durations() {}

    /** Parses a duration. Throws {@link java.time.format.DateTimeParseException} for a text that the schema rejects. */
    public static Duration parse(String text) {
        var days = text.indexOf('d');
        var rest = text.substring(days + 1).toUpperCase(Locale.ROOT);
        return Duration.parse("P" + text.substring(0, days + 1) + (rest.isEmpty() ? "" : "T" + rest));
    }
}
