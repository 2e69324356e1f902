package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** What one attempt of a step left of one directory, or is still writing. Nobody else ever writes it. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskCacheState(
        @JsonPropertyDescription("Which directory it is: a hash of task, leg and path.")
        String key,

        @JsonPropertyDescription("Where it is on the volume, below the key.")
        String work,

        @JsonPropertyDescription("Open, Sealed or Outdated.")
        State state,

        @JsonPropertyDescription("Path of the directory in the task.")
        String path,

        @JsonPropertyDescription("Run that made it.") String run,

        @JsonPropertyDescription("Step of that run.") String step,

        @JsonPropertyDescription("Attempt of that step, counted from 1.")
        int attempt,

        @JsonPropertyDescription("Commit of that run.") @Nullable
        String commit,

        @JsonPropertyDescription("Measured size, such as 120Mi; none where nobody could measure it.") @Nullable
        String size,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When its pod ended, or was made.")
        @Nullable
        String at,

        @JsonPropertyDescription("The last run that started from it.") @Nullable
        String usedBy) {

    /** What may be done with it. */
    public enum State {
        /** Its step has not succeeded, or not yet: nobody starts from it. */
        Open,
        /** Its step succeeded: the newest of a key is what others start from. */
        Sealed,
        /** The next pod on the volume removes it. */
        Outdated
    }

    /** Where it is on its volume. */
    public String folder() {
        return key + "/" + work;
    }

    /** The same in another state. */
    public TaskCacheState as(State other) {
        return new TaskCacheState(key, work, other, path, run, step, attempt, commit, size, at, usedBy);
    }

    /** The same of a commit that is known. */
    public TaskCacheState sealed(@Nullable String ofCommit) {
        return new TaskCacheState(key, work, State.Sealed, path, run, step, attempt, ofCommit, size, at, usedBy);
    }

    /** The same once its pod has ended. */
    public TaskCacheState left(@Nullable String measured, String end) {
        return new TaskCacheState(key, work, state, path, run, step, attempt, commit, measured, end, usedBy);
    }

    /** The same, with the run that started from it last. */
    public TaskCacheState used(String by) {
        return new TaskCacheState(key, work, state, path, run, step, attempt, commit, size, at, by);
    }
}
