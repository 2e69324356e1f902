package dev.hearth.core.trigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.api.ScheduleSpec;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    @ParameterizedTest
    @CsvSource({
        "'30 3 * * *', UTC, 2026-11-29T03:30:00Z, 2026-11-30T03:30:00Z",
        "'30 3 * * *', Europe/Berlin, 2026-11-29T02:30:00Z, 2026-11-30T02:30:00Z",
        "'*/15 * * * *', UTC, 2026-11-29T03:45:00Z, 2026-11-29T04:00:00Z",
        "'0 0 * * MON', UTC, , 2026-11-30T00:00:00Z",
        "'0 0 30 2 *', UTC, , "
    })
    void lastAndNextTime(String cron, String zone, Instant due, Instant next) throws Exception {
        var schedule = Schedule.of(new ScheduleSpec("s", cron, zone, null));
        var now = due == null ? Instant.parse("2026-11-29T03:50:00Z") : due.plusSeconds(300);
        assertThat(schedule.due(now.minusSeconds(3000), now).orElse(null)).isEqualTo(due);
        assertThat(schedule.next(now).orElse(null)).isEqualTo(next);
        assertThat(schedule.due(now, now)).as("carried out already").isEmpty();
    }

    @Test
    void timeIsDueInItsOwnSecond() throws Exception {
        var at = Instant.parse("2026-11-29T03:30:00Z");
        var schedule = Schedule.of(new ScheduleSpec("s", "30 3 * * *", "UTC", null));
        assertThat(schedule.due(at.minusSeconds(60), at.minusSeconds(1))).isEmpty();
        assertThat(schedule.due(at.minusSeconds(60), at)).contains(at);
    }

    @Test
    void timeThatWasMissedForLongIsLeftOut() throws Exception {
        var at = Instant.parse("2026-11-29T03:30:00Z");
        var schedule = Schedule.of(new ScheduleSpec("s", "30 3 * * *", "UTC", null));
        assertThat(schedule.due(at.minusSeconds(60), at.plusSeconds(3599))).contains(at);
        assertThat(schedule.due(at.minusSeconds(60), at.plusSeconds(3600))).isEmpty();
    }

    /** In Berlin the clock goes from 2:00 to 3:00 on 2026-03-29, and from 3:00 back to 2:00 on 2026-10-25. */
    @Test
    void timeOnTheDayOfAClockChange() throws Exception {
        var schedule = Schedule.of(new ScheduleSpec("s", "30 2 * * *", "Europe/Berlin", null));
        for (var expected :
                Map.of("2026-03-28", 1, "2026-03-29", 0, "2026-10-25", 2).entrySet()) {
            var day = expected.getKey();
            var runs = 0;
            var until = Instant.parse(day + "T00:00:00Z").minusSeconds(600);
            for (var now = until; now.isBefore(Instant.parse(day + "T12:00:00Z")); now = now.plusSeconds(300)) {
                var due = schedule.due(until, now);
                if (due.isPresent()) {
                    runs++;
                    until = due.get();
                }
            }
            assertThat(runs).as(day).isEqualTo(expected.getValue());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"61 * * * *", "* * * *", "a b c d e", "* * 32 * *", "*/0 * * * *", "@daily"})
    void cronThatCannotBeReadIsNamed(String cron) {
        assertThatThrownBy(() -> Schedule.of(new ScheduleSpec("nightly", cron, "UTC", null)))
                .isInstanceOf(Schedule.Invalid.class)
                .hasMessageStartingWith("spec.triggers.schedules[nightly].cron cannot be read");
    }

    @Test
    void zoneThatIsNotKnownIsNamed() {
        assertThatThrownBy(() -> Schedule.of(new ScheduleSpec("nightly", "0 3 * * *", "Europe/Nowhere", null)))
                .isInstanceOf(Schedule.Invalid.class)
                .hasMessageStartingWith("spec.triggers.schedules[nightly].timeZone is not known");
    }
}
