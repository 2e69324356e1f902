package dev.hearth.core.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In seconds. */
class PollPauseTest {
    @ParameterizedTest
    @CsvSource({
        "60, 0, 60",
        "1, 0, 5",
        "60, 1, 10",
        "60, 2, 20",
        "60, 3, 40",
        "60, 4, 60",
        "5, 1, 5",
        "86400, 11, 10240",
        "86400, 12, 10240",
        "86400, 2000000000, 10240"
    })
    void pauseAfterFailuresGrowsUpToThePollInterval(long poll, int failures, long pause) {
        assertThat(new PollPause(Duration.ofSeconds(poll)).after(failures)).isEqualTo(Duration.ofSeconds(pause));
    }

    @ParameterizedTest
    @CsvSource({"60, 600", "3600, 3600"})
    void pauseAfterTooMuchDataIsLong(long poll, long pause) {
        assertThat(new PollPause(Duration.ofSeconds(poll)).afterTooMuch()).isEqualTo(Duration.ofSeconds(pause));
    }

    @ParameterizedTest
    @CsvSource({"10, 10", "3600, 60"})
    void pauseAfterAnOutageIsAtMostAMinute(long poll, long pause) {
        assertThat(new PollPause(Duration.ofSeconds(poll)).afterOutage()).isEqualTo(Duration.ofSeconds(pause));
    }
}
