package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a cache volume was seeded. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record Seed(
        @JsonPropertyDescription("Seed mode: Overlay, Snapshot, Copy, Import, Rollback or Cold.")
        SeedMode mode,

        @JsonPropertyDescription("Why this mode and source were chosen.")
        String message,

        @JsonPropertyDescription("Ref whose generation the volume was seeded from.") @Nullable
        String ref,

        @JsonPropertyDescription("PersistentVolumeClaim whose generation the volume was seeded from.") @Nullable
        String claim,

        @JsonPropertyDescription("Number of that generation.") @Nullable
        Integer generation,

        @JsonPropertyDescription("Commit of that generation.") @Nullable
        String commit,

        @JsonPropertyDescription("VolumeSnapshot that the volume is created from.") @Nullable
        String snapshot,

        @JsonPropertyDescription("Run for which the seed was chosen.")
        String run,

        @JsonPropertyDescription("Generations of other volumes that are kept as long as this volume exists.")
        List<GenerationRef> needs)
        implements SeedBuilder.With {

    public Seed {
        needs = List.copyOf(orElse(needs, List.of()));
    }

    /** Returns an identifier that is unique among all seeds of the same volume. */
    public String id() {
        return mode + "/" + claim + "/" + generation + "/" + run;
    }
}
