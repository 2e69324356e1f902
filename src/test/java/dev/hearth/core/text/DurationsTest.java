package dev.hearth.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({"90s, PT90S", "15m, PT15M", "1h30m, PT1H30M", "7d, P7D", "1d12h, P1DT12H", "0s, PT0S", "9999d, P9999D"})
    void parsesDurationsOfSpecs(String text, Duration expected) {
        assertThat(Durations.parse(text)).isEqualTo(expected);
    }
}
