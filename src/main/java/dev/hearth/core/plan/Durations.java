package dev.hearth.core.plan;

import java.time.Duration;
import java.util.Locale;

/** Durations as specs write them: {@code 1h30m}, {@code 15m}, {@code 90s}. */
public final class Durations {
    private Durations() {}

    /** Reads one; throws {@link java.time.format.DateTimeParseException} for what the schema refuses. */
    public static Duration parse(String text) {
        return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
    }
}
