package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * A permanent reference to a sealed generation. It has the uid of the claim, because a recreated claim has the same
 * name.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record GenerationRef(
        @JsonPropertyDescription("Name of the PersistentVolumeClaim that holds the generation.")
        String claim,

        @JsonPropertyDescription("uid of that claim.") @Nullable
        String uid,

        @JsonPropertyDescription("Number of the generation on that volume.")
        int number) {}
