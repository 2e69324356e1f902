package dev.hearth.report;

import dev.hearth.agent.AgentReports;
import dev.hearth.agent.ArtifactFiles;
import dev.hearth.agent.CollectReport;
import dev.hearth.core.testreport.CollectorReport;
import dev.hearth.core.text.Sizes;
import java.util.Optional;

/** Reads the termination message of the container that collects a task's files. Numbers are limited to possible ones. */
public final class CollectorReportReader {

    private CollectorReportReader() {}

    /** Empty if the message is not a report, or was cut. */
    public static Optional<CollectorReport> read(String terminationMessage) {
        return AgentReports.collect(terminationMessage).map(CollectorReportReader::report);
    }

    private static CollectorReport report(CollectReport report) {
        return new CollectorReport(
                Optional.ofNullable(report.artifact())
                        .filter(files -> AgentReports.isDigest(files.digest()))
                        .map(CollectorReportReader::artifact),
                report.artifactMissing(),
                report.artifactUnreadable(),
                count(report.reports().files()),
                Sizes.bounded(report.reports().kib()),
                count(report.reports().leftOut()));
    }

    private static CollectorReport.Artifact artifact(ArtifactFiles files) {
        return new CollectorReport.Artifact(files.digest(), count(files.count()), Sizes.bounded(files.kib()));
    }

    private static int count(long number) {
        return Math.clamp(number, 0, Integer.MAX_VALUE);
    }
}
