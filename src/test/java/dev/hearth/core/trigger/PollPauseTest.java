package dev.hearth.core.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
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
        assertThat(pause(poll).after(failures)).isEqualTo(Duration.ofSeconds(pause));
    }

    @ParameterizedTest
    @CsvSource({"60, 600", "3600, 3600"})
    void pauseAfterTooMuchDataIsLong(long poll, long pause) {
        assertThat(pause(poll).afterTooMuch()).isEqualTo(Duration.ofSeconds(pause));
    }

    @ParameterizedTest
    @CsvSource({"10, 10", "3600, 60"})
    void pauseAfterAnOutageIsAtMostAMinute(long poll, long pause) {
        assertThat(pause(poll).afterOutage()).isEqualTo(Duration.ofSeconds(pause));
    }

    @ParameterizedTest
    @CsvSource({
        "60, 0, 60",
        "60, 599, 60",
        "60, 1200, 120",
        "60, 6000, 600",
        "60, 999999, 600",
        "300, 999999, 900",
        "3600, 999999, 3600"
    })
    void pauseGrowsWhileTheRepositoryIsQuiet(long poll, long quiet, long seconds) {
        assertThat(pause(poll).whileQuiet(Duration.ofSeconds(quiet)).toSeconds())
                .isEqualTo(seconds);
    }

    @Test
    void pipelinesListTheirRefsAtDifferentTimes() {
        var pauses = IntStream.range(0, 200)
                .mapToObj(at -> PollPause.of(Duration.ofMinutes(1), new UUID(7, at).toString()))
                .toList();

        assertThat(pauses).allSatisfy(pause -> {
            assertThat(pause.usual()).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(72));
            assertThat(pause.afterRestart()).isBetween(Duration.ZERO, Duration.ofSeconds(30));
        });
        assertThat(pauses.stream().map(pause -> pause.afterRestart().toSeconds()))
                .as("starts in each second after a restart")
                .allSatisfy(second -> assertThat(pauses.stream()
                                .filter(pause -> pause.afterRestart().toSeconds() == second))
                        .hasSizeLessThan(20));
        assertThat(pauses.stream().map(PollPause::usual).distinct()).hasSizeGreaterThan(100);
    }

    @Test
    void pausesAreTheSameAfterARestart() {
        var uid = "6a1e9f5c-3d8b-4c55-9b0e-0f6f8f1f7a11";

        assertThat(PollPause.of(Duration.ofMinutes(1), uid)).isEqualTo(PollPause.of(Duration.ofMinutes(1), uid));
    }

    private static PollPause pause(long poll) {
        return new PollPause(Duration.ofSeconds(poll), 0);
    }
}
