package dev.hearth.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.cache.DirectoryUse;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.stream.Stream;

/** What a task's pod was told of its directories, noted on it for whoever sees it later. */
public final class DirectoryNote {
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private DirectoryNote() {}

    static String of(DirectoryUse use) {
        try {
            return JSON.writeValueAsString(use);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers can be written", e);
        }
    }

    /** Empty for a pod without directories. */
    public static Optional<DirectoryUse> read(Pod pod) {
        return Optional.ofNullable(pod.getMetadata().getAnnotations())
                .map(annotations -> annotations.get(Labels.DIRECTORIES_USED))
                .flatMap(DirectoryNote::read);
    }

    /** Names of the scopes whose volumes a pod has. */
    public static Stream<String> scopes(Pod pod) {
        return Stream.concat(
                        Stream.ofNullable(pod.getMetadata().getLabels().get(Labels.SCOPE)),
                        read(pod).stream()
                                .flatMap(use -> use.origins().stream())
                                .map(DirectoryUse.Origin::scope))
                .distinct();
    }

    private static Optional<DirectoryUse> read(String note) {
        try {
            return Optional.ofNullable(JSON.readValue(note, DirectoryUse.class));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
