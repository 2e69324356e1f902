package dev.hearth.core.metrics;

import dev.hearth.api.SeedMode;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.buildcache.VolumeReport;
import java.time.Duration;
import java.util.Optional;

/**
 * Measurements of a daemon's work on a volume.
 *
 * @param seeded how the volume was filled; empty if the daemon used the volume's own state
 * @param sealed how long sealing took; empty if the daemon sealed nothing
 * @param degraded the problem of the volume, if it had one
 */
public record DaemonTimings(Optional<Seeding> seeded, Optional<Duration> sealed, Optional<CacheProblem> degraded) {
    /** There was no daemon. */
    public static final DaemonTimings NOTHING = new DaemonTimings(Optional.empty(), Optional.empty(), Optional.empty());

    /** The daemon gave no report. */
    public static final DaemonTimings UNREPORTED =
            new DaemonTimings(Optional.empty(), Optional.empty(), Optional.of(CacheProblem.NoReport));

    /** Returns the measurements in a daemon's report. */
    public static DaemonTimings of(VolumeReport report) {
        return new DaemonTimings(
                report.seeded()
                        .map(begin -> new Seeding(
                                begin.mode().equals(SeedMode.Cold.name()), Duration.ofMillis(begin.millis()))),
                report.sealed().map(seal -> Duration.ofMillis(seal.millis())),
                report.trouble().flatMap(problem -> CacheProblem.of(problem.reason())));
    }

    /**
     * How a volume was filled.
     *
     * @param cold whether it started empty
     * @param took how long that took; 0 for less than a millisecond
     */
    public record Seeding(boolean cold, Duration took) {}
}
