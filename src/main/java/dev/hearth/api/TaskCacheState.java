package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** The content of a task cache that one attempt of a step wrote or is writing. No other attempt writes it. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskCacheState(
        @JsonPropertyDescription("Which task cache it belongs to: a hash of task, matrix cell and path.")
        String key,

        @JsonPropertyDescription("Directory on the volume, below the key.")
        String work,

        @JsonPropertyDescription("State: Open, Sealed or Outdated.")
        State state,

        @JsonPropertyDescription("Path of the directory in the task.")
        String path,

        @JsonPropertyDescription("Run that wrote it.") String run,

        @JsonPropertyDescription("Step of that run.") String step,

        @JsonPropertyDescription("Attempt of that step, counted from 1.")
        int attempt,

        @JsonPropertyDescription("Commit of that run.") @Nullable
        String commit,

        @JsonPropertyDescription("Measured size, such as 120Mi. Empty if it could not be measured.") @Nullable
        String size,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When its pod ended. While the pod runs, when the pod was created.")
        @Nullable
        String at,

        @JsonPropertyDescription("The last run that started from it.") @Nullable
        String usedBy,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("Since when no task starts from it any more. It becomes Outdated a little later.")
        @Nullable
        String retiredAt)
        implements TaskCacheStateBuilder.With {

    /** Whether the content can be used. */
    public enum State {
        /** Its step has not succeeded. No task starts from it. */
        Open,
        /** Its step succeeded. Tasks start from the newest one of a key, unless it is retired. */
        Sealed,
        /** Not needed any more. The next pod on the volume deletes it. */
        Outdated
    }

    /** Returns the path on the volume. */
    public String folder() {
        return key + "/" + work;
    }

    /** Returns the same content as sealed, with its commit. */
    public TaskCacheState sealed(@Nullable String ofCommit) {
        return withState(State.Sealed).withCommit(ofCommit);
    }

    /** Returns the same content after its pod has ended. */
    public TaskCacheState left(@Nullable String measured, String end) {
        return withSize(measured).withAt(end);
    }
}
