package dev.hearth.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.testreport.CollectorReport;
import java.util.Optional;

/** Reads the termination message of the container that collects a task's files. */
public final class CollectorReportReader {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DIGEST = "sha256:[0-9a-f]{64}";

    private CollectorReportReader() {}

    /** Empty if the message is not a report, or was cut. */
    public static Optional<CollectorReport> read(String terminationMessage) {
        try {
            var report = JSON.readTree(terminationMessage);
            return report != null && report.has("reports") ? Optional.of(read(report)) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static CollectorReport read(JsonNode report) {
        var reports = report.path("reports");
        return new CollectorReport(
                artifact(report.path("artifact")),
                report.path("missing").asBoolean(),
                report.path("unreadable").asBoolean(),
                reports.path("files").asInt(),
                reports.path("kib").asLong(),
                reports.path("leftOut").asInt());
    }

    private static Optional<CollectorReport.Artifact> artifact(JsonNode artifact) {
        var digest = artifact.path("digest").asText("");
        return digest.matches(DIGEST)
                ? Optional.of(new CollectorReport.Artifact(
                        digest,
                        artifact.path("files").asInt(),
                        artifact.path("kib").asLong()))
                : Optional.empty();
    }
}
