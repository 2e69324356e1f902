package dev.hearth.core.cache;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Says where the directories of a task came from. */
public final class DirectoryWords {
    private DirectoryWords() {}

    /** Such as {@code /src/target: 120Mi of run main-3 in 1.2 s}; what nobody measured is not said. */
    public static String of(List<DirectoryUse.Given> caches, Optional<DirectoryReport> report) {
        return caches.stream()
                .map(given -> given.path() + ": "
                        + of(given, report.map(it -> it.restored().get(given.key()))))
                .collect(Collectors.joining("; "));
    }

    private static String of(DirectoryUse.Given given, Optional<DirectoryReport.Restored> restored) {
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
