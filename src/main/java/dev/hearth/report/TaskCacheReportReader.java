package dev.hearth.report;

import dev.hearth.agent.AgentReports;
import dev.hearth.agent.TaskCacheContainerReport;
import dev.hearth.core.taskcache.TaskCacheReport;
import dev.hearth.core.text.Sizes;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the termination message of the container that fills and measures a task's caches. Names are checked, texts become
 * plain, and numbers are limited to possible ones.
 */
public final class TaskCacheReportReader {
    private static final Pattern KEY = Pattern.compile("[0-9a-f]{16}");
    private static final Pattern STATE = Pattern.compile("[0-9a-f]{16}/[0-9a-f]{16}");
    /** Most characters of an error that are shown. */
    private static final int LONGEST = 100;

    private TaskCacheReportReader() {}

    /** Empty if the message is not a report, or was cut. */
    public static Optional<TaskCacheReport> read(String terminationMessage) {
        return AgentReports.taskCache(terminationMessage).map(TaskCacheReportReader::report);
    }

    private static TaskCacheReport report(TaskCacheContainerReport report) {
        return new TaskCacheReport(
                byKey(report.restored(), TaskCacheReportReader::restored),
                byKey(report.leftKib(), Sizes::bounded),
                report.removed(),
                report.found().stream()
                        .filter(state -> STATE.matcher(state).matches())
                        .toList(),
                Optional.ofNullable(report.usage())
                        .map(usage -> new TaskCacheReport.Usage(
                                Sizes.bounded(usage.contentKib()),
                                Sizes.bounded(usage.artifactsKib()),
                                Sizes.bounded(usage.capacityKib()),
                                Sizes.bounded(usage.freeKib()))));
    }

    private static <T, R> Map<String, R> byKey(Map<String, T> values, Function<T, R> read) {
        return values.entrySet().stream()
                .filter(entry -> KEY.matcher(entry.getKey()).matches())
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> read.apply(entry.getValue())));
    }

    private static TaskCacheReport.Restored restored(TaskCacheContainerReport.Restored restored) {
        return new TaskCacheReport.Restored(
                Sizes.bounded(restored.kib()), Math.max(0, restored.millis()), error(restored.error()));
    }

    private static String error(@Nullable String error) {
        var plain = error == null ? "" : error.replaceAll("[^A-Za-z0-9 ,.()'-]", "");
        return plain.substring(0, Math.min(LONGEST, plain.length()));
    }
}
