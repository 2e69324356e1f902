package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The volume with all task caches of a cache scope and operating system, and for Linux with the artifacts of its tasks. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskCacheVolume(
        @JsonPropertyDescription("Linux or Windows.") OperatingSystem os,

        @JsonPropertyDescription("Name of the PersistentVolumeClaim.")
        String claim,

        @JsonPropertyDescription("uid of the claim. Empty while there is no usable claim.") @Nullable
        String uid,

        @JsonPropertyDescription("Measured size of its content, artifacts included, such as 2100Mi.") @Nullable
        String used,

        @JsonPropertyDescription(
                "Measured size of the artifacts of tasks. Task caches may have half of the space that these leave.")
        @Nullable
        String artifacts,

        @JsonPropertyDescription("Size of the volume's file system, as the last pod measured it.") @Nullable
        String capacity,

        @JsonPropertyDescription("Free space in the volume's file system when the last pod ended.") @Nullable
        String free,

        @JsonPropertyDescription(
                "Runs with a pod that mounts the volume now. The volume is not deleted while there are any.")
        List<String> users,

        @JsonPropertyDescription("The last runs that wrote to the volume, newest last.")
        List<String> runs,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the newest pod ended whose caches are listed here.")
        @Nullable
        String observed,

        @JsonPropertyDescription("Contents of the task caches on the volume, newest first.")
        List<TaskCacheState> states) {

    public TaskCacheVolume {
        users = List.copyOf(orElse(users, List.of()));
        runs = List.copyOf(orElse(runs, List.of()));
        states = List.copyOf(orElse(states, List.of()));
    }

    /** Returns a volume that no run has used yet. */
    public static TaskCacheVolume unused(OperatingSystem os, String claim) {
        return TaskCacheVolumeBuilder.builder().os(os).claim(claim).build();
    }
}
