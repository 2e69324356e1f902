package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The volume of a scope with the directories that its tasks keep, for one operating system. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskCacheVolume(
        @JsonPropertyDescription("Linux or Windows.") OperatingSystem os,

        @JsonPropertyDescription("Name of the PersistentVolumeClaim.")
        String claim,

        @JsonPropertyDescription("UID of the claim; none while there is no claim to use.") @Nullable
        String uid,

        @JsonPropertyDescription("Measured size of its content, such as 2100Mi.") @Nullable
        String used,

        @JsonPropertyDescription("Size of its file system as the last pod found it.") @Nullable
        String capacity,

        @JsonPropertyDescription("What was free in its file system when the last pod ended.") @Nullable
        String free,

        @JsonPropertyDescription("Runs with a pod that mounts it now, to write or to read: it must not go meanwhile.")
        List<String> users,

        @JsonPropertyDescription("The last runs that wrote to it, newest last.")
        List<String> runs,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the newest pod ended whose work is listed here.")
        @Nullable
        String observed,

        @JsonPropertyDescription("What is on it, newest first.")
        List<TaskCacheState> states) {

    public TaskCacheVolume {
        users = List.copyOf(orElse(users, List.of()));
        runs = List.copyOf(orElse(runs, List.of()));
        states = List.copyOf(orElse(states, List.of()));
    }

    /** One that nobody has used. */
    public static TaskCacheVolume unused(OperatingSystem os, String claim) {
        return new TaskCacheVolume(os, claim, null, null, null, null, List.of(), List.of(), null, List.of());
    }
}
