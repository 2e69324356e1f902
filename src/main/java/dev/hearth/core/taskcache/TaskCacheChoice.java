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
 * Chooses the initial content of a task pod's caches: the newest state of this ref, or else of a trusted ref. A state of
 * another ref is used only if it can be copied in time. The ref's own state is used however large it is.
 *
 * @param scope name of the cache scope that the pod belongs to
 * @param own the scope's volume of task caches
 * @param sources volumes of trusted refs, best first
 * @param emptyReason why a cache is empty if neither this ref nor a source has a state of it
 * @param affordable KiB that can be copied within the limit
 * @param limit {@code seedWithin} of the policy
 */
public record TaskCacheChoice(
        String scope, TaskCacheVolume own, List<Source> sources, String emptyReason, long affordable, Duration limit) {
    /** The most states that one pod removes. The next pods remove the others. */
    private static final int MOST_REMOVED = 64;

    /** The reason why a new cache is empty. */
    public static final String NEVER_FILLED = "no run has filled it yet";

    /** The volume of a trusted ref. */
    public record Source(String ref, String scope, TaskCacheVolume volume) {}

    /**
     * A cache of a task.
     *
     * @param key a hash that identifies the cache within the scope
     * @param path in the task's container
     */
    public record Request(String key, String path) {}

    /**
     * Plans the caches of a pod.
     *
     * @param uid of the volume's claim
     * @param work name of the pod's own folder below each key
     */
    public TaskCachePlan choose(String uid, String step, int attempt, String work, List<Request> requests) {
        var caches = requests.stream().map(request -> given(request, work)).toList();
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

    private TaskCacheUse.Given given(Request request, String work) {
        var ownState = newest(own, request.key());
        if (ownState.isPresent()) {
            return given(
                    request,
                    work,
                    scope,
                    own,
                    ownState.get(),
                    "of run " + ownState.get().run());
        }
        var why = emptyReason;
        for (Source source : sources) {
            var found = newest(source.volume(), request.key());
            if (found.isPresent()) {
                var origin = "of run " + found.get().run() + " of " + source.ref();
                var obstacle = obstacle(found.get());
                if (obstacle.isEmpty()) {
                    return given(request, work, source.scope(), source.volume(), found.get(), origin);
                }
                why = "the cache " + origin + " " + obstacle.get();
            }
        }
        return TaskCacheUse.Given.empty(request.key(), request.path(), work, why);
    }

    private static TaskCacheUse.Given given(
            Request request, String work, String scope, TaskCacheVolume volume, TaskCacheState from, String origin) {
        return new TaskCacheUse.Given(
                request.key(),
                request.path(),
                work,
                new TaskCacheUse.Origin(scope, volume.claim(), from.folder()),
                origin);
    }

    /** Returns why a state of another ref cannot be copied; empty if it can. */
    private Optional<String> obstacle(TaskCacheState state) {
        var size = state.size();
        if (size == null) {
            return Optional.of("was never measured, so it may take too long to copy");
        }
        return Sizes.kib(size) > affordable
                ? Optional.of("has " + size + ", which cannot be copied within " + limit.toSeconds()
                        + " s: raise seedWithin of the CachePolicy")
                : Optional.empty();
    }

    private static Optional<TaskCacheState> newest(TaskCacheVolume volume, String key) {
        return volume.states().stream()
                .filter(state -> state.state() == State.Sealed && state.key().equals(key))
                .findFirst()
                .filter(state -> state.retiredAt() == null);
    }
}
