package dev.hearth.buildkit;

import dev.hearth.agent.AgentReports;
import dev.hearth.agent.DaemonReport;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.buildcache.VolumeReport;
import dev.hearth.core.text.PlainText;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads what the daemon's container says of the cache volume in its termination message. */
public final class VolumeReportReader {
    /** Mode of a state that was started from a generation of the volume itself. */
    static final String OWN = "Own";

    private VolumeReportReader() {}

    /** Reads the report. Empty if there is none or it cannot be read. */
    public static Optional<VolumeReport> read(String terminationMessage) {
        return AgentReports.daemon(terminationMessage).map(VolumeReportReader::report);
    }

    private static VolumeReport report(DaemonReport report) {
        return new VolumeReport(
                Optional.ofNullable(report.begun())
                        .map(begun -> new VolumeReport.Begin(PlainText.line(begun.mode()), begun.millis())),
                Optional.ofNullable(report.sealed()).map(VolumeReportReader::seal),
                new VolumeReport.Usage(
                        report.usedKib(),
                        report.artifactsKib(),
                        size(report.buildkitKib()),
                        size(report.capacityKib()),
                        size(report.freeKib())),
                Optional.ofNullable(report.problem())
                        .map(problem -> CacheProblem.statusReason(problem.reason(), PlainText.line(problem.note()))));
    }

    private static VolumeReport.Seal seal(DaemonReport.Sealed seal) {
        return new VolumeReport.Seal(seal.generation(), seal.kib(), seal.volumes(), seal.exported(), seal.millis());
    }

    private static Optional<Long> size(@Nullable Long kib) {
        return Optional.ofNullable(kib).filter(size -> size >= 0);
    }
}
