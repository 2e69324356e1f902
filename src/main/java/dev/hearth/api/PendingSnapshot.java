package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** A VolumeSnapshot of a sealed generation that is not ready, and may never be. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PendingSnapshot(
        @JsonPropertyDescription("Name of the VolumeSnapshot.")
        String name,

        @JsonPropertyDescription("Volume that it is taken of.")
        String claim,

        @JsonPropertyDescription("Sealed generation that it is taken for.")
        int generation,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When it was made; missing if it could not be made.")
        @Nullable
        String since,

        @JsonPropertyDescription("What went wrong last, by the storage's driver; it goes on trying.") @Nullable
        String error) {

    /** The same, with what went wrong. */
    public PendingSnapshot failed(String why) {
        return new PendingSnapshot(name, claim, generation, since, why);
    }
}
