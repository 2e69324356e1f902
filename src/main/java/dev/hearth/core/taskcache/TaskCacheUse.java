package dev.hearth.core.taskcache;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a task's pod is told of its directories, and what is noted on it.
 *
 * @param claim of the volume that it writes
 * @param uid of that claim: what was noted for one of the same name that is gone says nothing
 * @param remove what it removes there, as key/work
 */
public record TaskCacheUse(
        String claim, String uid, String step, int attempt, List<Given> caches, List<String> remove) {

    public TaskCacheUse {
        caches = List.copyOf(caches);
        remove = List.copyOf(remove);
    }

    /**
     * A directory of a task.
     *
     * @param path in the task
     * @param work below the key: the pod's own, which nobody else writes
     * @param origin what is copied there, null where it starts empty
     * @param words whose that is, or why there is nothing
     */
    public record Given(
            String key, String path, String work, @Nullable Origin origin, String words) {

        public String folder() {
            return key + "/" + work;
        }
    }

    /**
     * What an earlier step left.
     *
     * @param scope that it belongs to
     * @param folder as key/work
     */
    public record Origin(String scope, String claim, String folder) {}

    /** What it reads of a volume, as key/work. */
    public Set<String> reads(String volume) {
        return origins().stream()
                .filter(origin -> origin.claim().equals(volume))
                .map(Origin::folder)
                .collect(Collectors.toSet());
    }

    /** Where all that it reads comes from. */
    public List<Origin> origins() {
        return caches.stream().map(Given::origin).filter(Objects::nonNull).toList();
    }
}
