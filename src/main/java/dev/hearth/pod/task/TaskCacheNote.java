package dev.hearth.pod.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.stream.Stream;

/** What a task's pod was told of its directories, noted on it for whoever sees it later. */
public final class TaskCacheNote {
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private TaskCacheNote() {}

    static String of(TaskCacheUse use) {
        try {
            return JSON.writeValueAsString(use);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers can be written", e);
        }
    }

    /** Empty for a pod without directories. */
    public static Optional<TaskCacheUse> read(Pod pod) {
        return Optional.ofNullable(pod.getMetadata().getAnnotations())
                .map(annotations -> annotations.get(ObjectLabels.TASK_CACHES_USED))
                .flatMap(TaskCacheNote::read);
    }

    /** Names of the scopes whose volumes a pod has. */
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
