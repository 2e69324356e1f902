package dev.hearth.buildkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.buildcache.VolumeReport;
import dev.hearth.core.text.PlainText;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Reads the termination message of the daemon's container, in which its script reports on the cache volume. */
public final class VolumeReportReader {
    private static final ObjectMapper JSON = new ObjectMapper();

    private VolumeReportReader() {}

    /** Reads the report. Empty if there is none or it is incomplete. */
    public static Optional<VolumeReport> read(String terminationMessage) {
        try {
            var report = JSON.readTree(terminationMessage);
            return report != null && report.has("usedKib") ? Optional.of(report(report)) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static VolumeReport report(JsonNode report) {
        var note = PlainText.line(report.path("note").asText(""));
        var reason = report.path("reason").asText("");
        return new VolumeReport(
                Optional.of(report.path("seed"))
                        .filter(seed -> seed.has("mode"))
                        .map(seed -> new VolumeReport.Begin(seed.path("mode").asText(), number(seed.path("millis")))),
                Optional.of(report.path("sealed"))
                        .filter(seal -> seal.has("generation"))
                        .map(VolumeReportReader::seal),
                new VolumeReport.Usage(
                        number(report.path("usedKib")),
                        size(report.path("buildkitKib")),
                        size(report.path("capacityKib")),
                        size(report.path("freeKib"))),
                note.isEmpty() ? Optional.empty() : Optional.of(CacheProblem.statusReason(reason, note)));
    }

    private static Optional<Long> size(JsonNode kib) {
        return kib.canConvertToLong() && kib.asLong() >= 0 ? Optional.of(kib.asLong()) : Optional.empty();
    }

    /** Returns the largest long for a larger number, which would otherwise overflow. */
    private static long number(JsonNode node) {
        return node.isNumber() && !node.canConvertToLong() ? Long.MAX_VALUE : node.asLong();
    }

    private static VolumeReport.Seal seal(JsonNode seal) {
        return new VolumeReport.Seal(
                seal.path("generation").asInt(),
                number(seal.path("kib")),
                StreamSupport.stream(seal.path("volumes").spliterator(), false)
                        .map(JsonNode::asText)
                        .toList(),
                seal.path("exported").asBoolean(),
                number(seal.path("millis")));
    }
}
