package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A generation: a read-only state of a trusted cache volume. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record SealedGeneration(
        @JsonPropertyDescription("Number of the generation. The newest has the highest.")
        int number,

        @JsonPropertyDescription("Candidate until the run that sealed it has succeeded, then Sealed. RolledBack after a"
                + " rollback to an earlier generation, if it is kept only for volumes that read it. Leaving while Hearth"
                + " makes sure that no volume reads it, before it is deleted.")
        State state,

        @JsonPropertyDescription("Run that sealed the generation.")
        String run,

        @JsonPropertyDescription("Commit of that run.") String commit,

        @JsonPropertyDescription("Recipe hash of that commit.") @Nullable
        String recipe,

        @JsonPropertyDescription("Size of the layer that the generation added, such as 120Mi.")
        String added,

        @JsonPropertyDescription("Size of all layers of the generation.")
        String size,

        @Required
        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the generation was sealed.")
        String at,

        @JsonPropertyDescription("Whether a cache directory was exported with the generation, for seed mode Import.")
        boolean exported,

        @JsonPropertyDescription("VolumeSnapshot of the generation.") @Nullable
        String snapshot,

        @JsonPropertyDescription("Version of BuildKit that wrote the generation.")
        String buildkit,

        @JsonPropertyDescription("Isolation of the builds that wrote the generation.") @Nullable
        IsolationForm isolation,

        @JsonPropertyDescription("Generations of other volumes whose layers it contains.")
        List<GenerationRef> needs)
        implements SealedGenerationBuilder.With {

    public SealedGeneration {
        needs = List.copyOf(orElse(needs, List.of()));
    }

    /** Whether a generation can seed other volumes. */
    public enum State {
        /** Not yet: its run has not succeeded yet. */
        Candidate,
        /** Yes: its run has succeeded. */
        Sealed,
        /** Not any more: the volume was rolled back to an earlier generation. Other volumes still read this one. */
        RolledBack,
        /** Not any more: it is to be deleted. A volume that has chosen it before may not be known yet. */
        Leaving
    }
}
