package dev.hearth.pod.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.stream.Stream;

/** Writes and reads the annotation of a task pod that records which task caches it uses. */
public final class TaskCacheNote {
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private TaskCacheNote() {}

    static String of(TaskCacheUse use) {
        try {
            return JSON.writeValueAsString(use);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write strings and numbers as JSON", e);
        }
    }

    /**
     * Returns the task caches that a pod uses. Empty for a pod without task caches, or if the annotation cannot be
     * read.
     */
    public static Optional<TaskCacheUse> read(Pod pod) {
        return Optional.ofNullable(pod.getMetadata().getAnnotations())
                .map(annotations -> annotations.get(ObjectLabels.TASK_CACHES_USED))
                .flatMap(TaskCacheNote::read);
    }

    /** Returns the names of the cache scopes whose volumes a pod mounts. */
    public static Stream<String> scopes(Pod pod) {
        return Stream.concat(
                        Stream.ofNullable(pod.getMetadata().getLabels().get(ObjectLabels.SCOPE)),
                        read(pod).stream()
                                .flatMap(use -> use.origins().stream())
                                .map(TaskCacheUse.Origin::scope))
                .distinct();
    }

    private static Optional<TaskCacheUse> read(String note) {
        try {
            return Optional.ofNullable(JSON.readValue(note, TaskCacheUse.class));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
