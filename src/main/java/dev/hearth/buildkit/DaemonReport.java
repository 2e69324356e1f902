package dev.hearth.buildkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.cache.VolumeReport;
import dev.hearth.core.diagnosis.PlainText;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Reads the termination message of {@link DaemonScript}. */
public final class DaemonReport {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DaemonReport() {}

    /** Empty if there is none, or it was cut short. */
    public static Optional<VolumeReport> read(String terminationMessage) {
        try {
            var report = JSON.readTree(terminationMessage);
            return report != null && report.has("usedKib") ? Optional.of(report(report)) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static VolumeReport report(JsonNode report) {
        return new VolumeReport(
                Optional.of(report.path("sealed"))
                        .filter(seal -> seal.has("generation"))
                        .map(DaemonReport::seal),
                report.path("usedKib").asLong(),
                PlainText.line(report.path("note").asText("")));
    }

    private static VolumeReport.Seal seal(JsonNode seal) {
        return new VolumeReport.Seal(
                seal.path("generation").asInt(),
                seal.path("kib").asLong(),
                StreamSupport.stream(seal.path("volumes").spliterator(), false)
                        .map(JsonNode::asText)
                        .toList(),
                seal.path("exported").asBoolean());
    }
}
