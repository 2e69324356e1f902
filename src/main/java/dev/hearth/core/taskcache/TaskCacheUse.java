package dev.hearth.core.taskcache;

import dev.hearth.core.text.Sizes;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a task pod uses task caches. It is recorded in an annotation of the pod.
 *
 * @param claim of the volume that the pod writes
 * @param uid of that claim, which tells it from an earlier claim of the same name
 * @param caches of the task
 * @param remove states that the pod removes from that volume, as key/work
 */
public record TaskCacheUse(
        String claim, String uid, String step, int attempt, List<Given> caches, List<String> remove) {

    public TaskCacheUse {
        caches = List.copyOf(caches);
        remove = List.copyOf(remove);
    }

    /**
     * A cache of a task, as the pod gets it.
     *
     * @param path in the task's container
     * @param work name of the folder below the key that only this pod writes
     * @param origin the state to copy there; null if the cache starts empty
     * @param words the run and ref of the origin, or why the cache starts empty
     */
    public record Given(
            String key, String path, String work, @Nullable Origin origin, String words) {

        /** Returns a cache that starts empty. */
        static Given empty(String key, String path, String work, String why) {
            return new Given(key, path, work, null, why);
        }

        public String folder() {
            return key + "/" + work;
        }
    }

    /**
     * A state that an earlier step has written.
     *
     * @param scope name of the cache scope that it belongs to
     * @param folder as key/work
     */
    public record Origin(String scope, String claim, String folder) {}

    /**
     * Returns the cache origin of the step, such as {@code /src/target: 120Mi of run main-3 in 1.2 s}.
     *
     * @param report null if the pod gave none: then sizes and times are left out
     */
    public String describe(@Nullable TaskCacheReport report) {
        return caches.stream()
                .map(given -> given.path() + ": "
                        + describe(
                                given, report == null ? null : report.restored().get(given.key())))
                .collect(Collectors.joining("; "));
    }

    private static String describe(Given given, TaskCacheReport.@Nullable Restored restored) {
        if (given.origin() == null) {
            return "empty, " + given.words();
        }
        if (restored == null) {
            return given.words();
        }
        return restored.error().isEmpty()
                ? Sizes.of(restored.kib()) + " " + given.words() + " in "
                        + String.format(Locale.ROOT, "%.1f s", restored.millis() / 1000.0)
                : "empty, the cache " + given.words() + " could not be copied: " + restored.error();
    }

    /** Returns the states that the pod reads from a volume, as key/work. */
    public Set<String> reads(String volume) {
        return origins().stream()
                .filter(origin -> origin.claim().equals(volume))
                .map(Origin::folder)
                .collect(Collectors.toSet());
    }

    /** Returns all states that the pod reads. */
    public List<Origin> origins() {
        return caches.stream().map(Given::origin).filter(Objects::nonNull).toList();
    }
}
