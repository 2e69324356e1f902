package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** Names a sealed generation for good: a claim that is made anew counts from one again, under another uid. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record GenerationRef(
        @JsonPropertyDescription("Name of the PersistentVolumeClaim that it is on.")
        String claim,

        @JsonPropertyDescription("uid of that claim.") @Nullable
        String uid,

        @JsonPropertyDescription("Its number on that volume.")
        int number) {}
