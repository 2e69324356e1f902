package dev.hearth.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.taskcache.TaskCacheReport;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Reads the termination message of the container that fills and measures a task's caches. */
public final class TaskCacheReportReader {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAME = "[0-9a-f]{16}";
    /** Most characters of an error that are shown. */
    private static final int LONGEST = 100;

    private TaskCacheReportReader() {}

    /** Empty if the message is not a report, or was cut. */
    public static Optional<TaskCacheReport> read(String terminationMessage) {
        try {
            var report = JSON.readTree(terminationMessage);
            return report != null && report.has("restored") ? Optional.of(read(report)) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static TaskCacheReport read(JsonNode report) {
        var restored = new HashMap<String, TaskCacheReport.Restored>();
        report.path("restored").properties().stream()
                .filter(entry -> entry.getKey().matches(NAME))
                .forEach(entry -> restored.put(entry.getKey(), restored(entry.getValue())));
        Map<String, Long> left = new HashMap<>();
        report.path("left").properties().stream()
                .filter(entry -> entry.getKey().matches(NAME))
                .forEach(entry -> left.put(entry.getKey(), kib(entry.getValue())));
        return new TaskCacheReport(
                restored,
                left,
                report.path("removed").asBoolean(),
                StreamSupport.stream(report.path("found").spliterator(), false)
                        .map(JsonNode::asText)
                        .filter(folder -> folder.matches(NAME + "/" + NAME))
                        .toList(),
                report.has("content")
                        ? Optional.of(new TaskCacheReport.Usage(
                                kib(report.path("content")), kib(report.path("capacity")), kib(report.path("free"))))
                        : Optional.empty());
    }

    private static TaskCacheReport.Restored restored(JsonNode node) {
        var error = node.path("error").asText("").replaceAll("[^A-Za-z0-9 ,.()'-]", "");
        return new TaskCacheReport.Restored(
                kib(node.path("kib")),
                Math.max(0, node.path("millis").asLong()),
                error.substring(0, Math.min(LONGEST, error.length())));
    }

    private static long kib(JsonNode node) {
        return Math.max(0, node.asLong());
    }
}
