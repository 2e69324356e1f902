package dev.hearth.core.trigger;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import dev.hearth.api.ScheduleSpec;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;

/**
 * The times of a schedule in its time zone. On the day of a clock change a time that does not exist is left out, and one that
 * comes twice is due twice.
 */
public final class Schedule {
    /** A time that was missed for longer, for example while the operator was down, is left out. */
    private static final Duration MISSED = Duration.ofHours(1);

    private static final CronParser PARSER = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

    private final ExecutionTime times;
    private final ZoneId zone;

    private Schedule(ExecutionTime times, ZoneId zone) {
        this.times = times;
        this.zone = zone;
    }

    /** Parses a schedule. Throws {@link Invalid} with what to correct. */
    public static Schedule of(ScheduleSpec spec) throws Invalid {
        var field = "spec.triggers.schedules[" + spec.name() + "]";
        try {
            return new Schedule(ExecutionTime.forCron(PARSER.parse(spec.cron())), ZoneId.of(spec.timeZone()));
        } catch (DateTimeException e) {
            throw new Invalid(field + ".timeZone is not known: write a name such as Europe/Berlin");
        } catch (IllegalArgumentException e) {
            throw new Invalid(
                    field + ".cron cannot be read: write minute, hour, day of the month, month and day of the week,"
                            + " such as 30 3 * * 1-5");
        }
    }

    /** A schedule cannot be read. The message names the field. */
    public static final class Invalid extends Exception {
        private Invalid(String message) {
            super(message);
        }
    }

    /** Returns the last time since another that is due now. Empty if there is none, or if it was missed for long. */
    public Optional<Instant> due(Instant since, Instant now) {
        return times.lastExecution(local(now.plusSeconds(1)))
                .map(ZonedDateTime::toInstant)
                .filter(at -> at.isAfter(since) && at.isAfter(now.minus(MISSED)));
    }

    /** Returns the next time. Empty if there is none, as for a thirtieth of February. */
    public Optional<Instant> next(Instant now) {
        return times.nextExecution(local(now)).map(ZonedDateTime::toInstant);
    }

    private ZonedDateTime local(Instant at) {
        return at.atZone(zone);
    }
}
