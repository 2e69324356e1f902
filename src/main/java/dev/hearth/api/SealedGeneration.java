package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A state of a trusted volume that never changes again. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SealedGeneration(
        @JsonPropertyDescription("Number; the newest has the highest.")
        int number,

        @JsonPropertyDescription(
                "Candidate until its run has succeeded, then Sealed; RolledBack if it stays for its readers alone.")
        State state,

        @JsonPropertyDescription("Run that left it.") String run,
        @JsonPropertyDescription("Commit of that run.") String commit,

        @JsonPropertyDescription("Recipe hash of that commit.") @Nullable
        String recipe,

        @JsonPropertyDescription("Size of what it added, such as 120Mi.")
        String added,

        @JsonPropertyDescription("Size of all that it is made of.")
        String size,

        @Required
        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When it was sealed.")
        String at,

        @JsonPropertyDescription("Whether a cache directory was exported with it.")
        boolean exported,

        @JsonPropertyDescription("VolumeSnapshot that holds it.") @Nullable
        String snapshot,

        @JsonPropertyDescription("BuildKit image that wrote it.")
        String buildkit,

        @JsonPropertyDescription("Isolation of the builds that wrote it.") @Nullable
        IsolationForm isolation,

        @JsonPropertyDescription("Generations of other volumes that it is made of.")
        List<GenerationRef> needs) {

    public SealedGeneration {
        needs = List.copyOf(orElse(needs, List.of()));
    }

    /** The same in another state. */
    public SealedGeneration as(State other) {
        return new SealedGeneration(
                number, other, run, commit, recipe, added, size, at, exported, snapshot, buildkit, isolation, needs);
    }

    /** The same, with a VolumeSnapshot of it or without. */
    public SealedGeneration in(@Nullable String volumeSnapshot) {
        return new SealedGeneration(
                number,
                state,
                run,
                commit,
                recipe,
                added,
                size,
                at,
                exported,
                volumeSnapshot,
                buildkit,
                isolation,
                needs);
    }

    /** Whether others may start from it. */
    public enum State {
        /** Not yet: its run has tasks left. */
        Candidate,
        Sealed,
        /** No more: a rollback went behind it, and somebody still reads it. */
        RolledBack
    }
}
