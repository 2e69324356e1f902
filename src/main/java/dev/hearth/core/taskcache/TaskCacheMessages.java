package dev.hearth.core.taskcache;

import dev.hearth.core.text.Sizes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Says where the directories of a task came from. */
public final class TaskCacheMessages {
    private TaskCacheMessages() {}

    /** Such as {@code /src/target: 120Mi of run main-3 in 1.2 s}; what nobody measured is not said. */
    public static String of(List<TaskCacheUse.Given> caches, Optional<TaskCacheReport> report) {
        return caches.stream()
                .map(given -> given.path() + ": "
                        + of(given, report.map(it -> it.restored().get(given.key()))))
                .collect(Collectors.joining("; "));
    }

    private static String of(TaskCacheUse.Given given, Optional<TaskCacheReport.Restored> restored) {
        if (given.origin() == null) {
            return "empty, " + given.words();
        }
        return restored.map(it -> it.error().isEmpty()
                        ? Sizes.of(it.kib()) + " " + given.words() + " in "
                                + String.format(Locale.ROOT, "%.1f s", it.millis() / 1000.0)
                        : "empty, what there is " + given.words() + " could not be copied: " + it.error())
                .orElse(given.words());
    }
}
