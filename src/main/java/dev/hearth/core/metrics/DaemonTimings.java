package dev.hearth.core.metrics;

import dev.hearth.api.SeedMode;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.buildcache.VolumeReport;
import java.time.Duration;
import java.util.Optional;

/**
 * What a daemon measured of its own work on a volume.
 *
 * @param seeded how it began, where it was the first on its seed
 * @param degraded a word for what was wrong with the volume
 */
public record DaemonTimings(Optional<Seeding> seeded, Optional<Duration> sealed, Optional<CacheProblem> degraded) {
    /** Where there was no daemon. */
    public static final DaemonTimings NOTHING = new DaemonTimings(Optional.empty(), Optional.empty(), Optional.empty());

    /** Of a daemon that has left no report. */
    public static final DaemonTimings UNREPORTED =
            new DaemonTimings(Optional.empty(), Optional.empty(), Optional.of(CacheProblem.NoReport));

    /** Of a daemon that has. */
    public static DaemonTimings of(VolumeReport report) {
        return new DaemonTimings(
                report.seeded()
                        .map(begin -> new Seeding(
                                begin.mode().equals(SeedMode.Cold.name()),
                                Optional.of(Duration.ofMillis(begin.millis())).filter(Duration::isPositive))),
                report.sealed().map(seal -> Duration.ofMillis(seal.millis())),
                report.trouble().flatMap(trouble -> CacheProblem.of(trouble.reason())));
    }

    /**
     * How a volume got its content.
     *
     * @param cold whether it has none
     * @param took unknown where it was begun anew after a first attempt
     */
    public record Seeding(boolean cold, Optional<Duration> took) {}
}
