package dev.hearth.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.time.api.constraints.InstantRange;
import org.junit.jupiter.api.Test;

/** The pattern of times matches every time that Java writes, and only times that Java can parse. */
class SchemaPatternsTest {
    private static final Pattern TIME = Pattern.compile(SchemaPatterns.TIME);

    @Property
    void everyWrittenTimeMatches(
            @ForAll @InstantRange(min = "0001-01-01T00:00:00Z", max = "9999-12-31T23:59:59Z") Instant time) {
        assertThat(time.toString()).matches(TIME).hasSizeLessThanOrEqualTo(SchemaPatterns.TIME_LENGTH);
    }

    /** Checks all years, because of leap years. */
    @Test
    void aDayMatchesIfItsYearHasIt() {
        for (int year = 0; year <= 9999; year++) {
            for (String day :
                    List.of("02-28", "02-29", "02-30", "04-30", "04-31", "12-31", "12-32", "13-01", "00-10", "10-00")) {
                var text = "%04d-%sT23:59:59Z".formatted(year, day);

                assertThat(TIME.matcher(text).matches()).as(text).isEqualTo(isTime(text));
            }
        }
    }

    @Property
    void everyTimeThatMatchesCanBeParsed(
            @ForAll @IntRange(max = 99) int hour,
            @ForAll @IntRange(max = 99) int minute,
            @ForAll @IntRange(max = 99) int second,
            @ForAll @NumericChars @StringLength(max = 11) String fraction) {
        var text = "2026-01-01T%02d:%02d:%02d.%sZ".formatted(hour, minute, second, fraction);

        assertThat(isTime(text) || !TIME.matcher(text).matches()).as(text).isTrue();
    }

    private static boolean isTime(String text) {
        try {
            Instant.parse(text);
            return true;
        } catch (DateTimeParseException _) {
            return false;
        }
    }
}
