package dev.hearth.core.text;

import java.time.Duration;
import java.util.Locale;

/** Durations as specs write them: {@code 1h30m}, {@code 15m}, {@code 90s}, {@code 7d}. */
public final class Durations {
    private Durations() {}

    /** Reads one; throws {@link java.time.format.DateTimeParseException} for what the schema refuses. */
    public static Duration parse(String text) {
        var days = text.indexOf('d');
        var rest = text.substring(days + 1).toUpperCase(Locale.ROOT);
        return Duration.parse("P" + text.substring(0, days + 1) + (rest.isEmpty() ? "" : "T" + rest));
    }
}
