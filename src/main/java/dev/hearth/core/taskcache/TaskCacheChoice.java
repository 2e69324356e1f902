package dev.hearth.core.taskcache;

import dev.hearth.api.TaskCacheState;
import dev.hearth.api.TaskCacheState.State;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.core.text.Sizes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Chooses what the directories of a task's pod start from: what this ref left, else what a trusted one did, the best
 * first. Of another ref only what can be copied in time: its own a ref has paid for before.
 *
 * @param scope that the pod belongs to
 * @param nothing why there is nothing, where there is not
 * @param affordable KiB that can be copied within the limit
 */
public record TaskCacheChoice(
        String scope, TaskCacheVolume own, List<Source> sources, String nothing, long affordable, Duration limit) {
    /** Of one pod: the rest is for the next. */
    private static final int MOST_REMOVED = 64;

    /** Why a directory is empty that nobody has left yet. */
    public static final String NEW = "nothing is kept of it yet";

    /** The volume of a trusted ref. */
    public record Source(String ref, String scope, TaskCacheVolume volume) {}

    /** A directory that a task has. */
    public record Request(String key, String path) {}

    /**
     * What a pod is told.
     *
     * @param uid of the volume's claim
     * @param work that the pod has for itself below each key
     */
    public TaskCachePlan choose(String uid, String step, int attempt, String work, List<Request> wishes) {
        var caches = wishes.stream().map(wish -> given(wish, work)).toList();
        var remove = folders(true).limit(MOST_REMOVED).toList();
        var known = Stream.concat(folders(false), folders(true))
                .filter(folder -> !remove.contains(folder))
                .toList();
        return new TaskCachePlan(new TaskCacheUse(own.claim(), uid, step, attempt, caches, remove), known, limit);
    }

    private Stream<String> folders(boolean outdated) {
        return own.states().stream()
                .filter(state -> (state.state() == State.Outdated) == outdated)
                .map(TaskCacheState::folder);
    }

    private TaskCacheUse.Given given(Request wish, String work) {
        var mine = newest(own, wish.key());
        if (mine.isPresent()) {
            return given(
                    wish, work, scope, own, mine.get(), "of run " + mine.get().run());
        }
        var why = nothing;
        for (Source source : sources) {
            var found = newest(source.volume(), wish.key());
            if (found.isPresent()) {
                var words = "of run " + found.get().run() + " of " + source.ref();
                var problem = problem(found.get());
                if (problem.isEmpty()) {
                    return given(wish, work, source.scope(), source.volume(), found.get(), words);
                }
                why = "what there is " + words + " " + problem.get();
            }
        }
        return new TaskCacheUse.Given(wish.key(), wish.path(), work, null, why);
    }

    private static TaskCacheUse.Given given(
            Request wish, String work, String scope, TaskCacheVolume volume, TaskCacheState from, String words) {
        return new TaskCacheUse.Given(
                wish.key(), wish.path(), work, new TaskCacheUse.Origin(scope, volume.claim(), from.folder()), words);
    }

    private Optional<String> problem(TaskCacheState state) {
        var size = state.size();
        if (size == null) {
            return Optional.of("was never measured");
        }
        return Sizes.kib(size) > affordable
                ? Optional.of("is " + size + ": to copy it would take longer than " + limit.toSeconds()
                        + " s, seedWithin of the CachePolicy")
                : Optional.empty();
    }

    private static Optional<TaskCacheState> newest(TaskCacheVolume volume, String key) {
        return volume.states().stream()
                .filter(state -> state.state() == State.Sealed && state.key().equals(key))
                .findFirst();
    }
}
