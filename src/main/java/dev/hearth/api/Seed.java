package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the content of a volume began. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Seed(
        @JsonPropertyDescription("Overlay, Snapshot, Copy, Import, Rollback or Cold.")
        SeedMode mode,

        @JsonPropertyDescription("Why this mode and source, in words.")
        String message,

        @JsonPropertyDescription("Ref whose sealed generation it is.") @Nullable
        String ref,

        @JsonPropertyDescription("Volume whose sealed generation it is.") @Nullable
        String claim,

        @JsonPropertyDescription("Number of that generation.") @Nullable
        Integer generation,

        @JsonPropertyDescription("Commit of that generation.") @Nullable
        String commit,

        @JsonPropertyDescription("VolumeSnapshot that the volume is made from.") @Nullable
        String snapshot,

        @JsonPropertyDescription("Run for which it was chosen.")
        String run,

        @JsonPropertyDescription("Sealed generations that stay as long as this volume does.")
        List<GenerationRef> needs) {

    public Seed {
        needs = List.copyOf(orElse(needs, List.of()));
    }

    /** Tells this seeding from every other of the same volume. */
    public String id() {
        return mode + "/" + claim + "/" + generation + "/" + run;
    }
}
