package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** A folder that has artifacts. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ArtifactFolder(
        @JsonPropertyDescription("PersistentVolumeClaim of its volume.")
        String claim,

        @JsonPropertyDescription("uid of that claim.") String claimUid,

        @JsonPropertyDescription("Path of the folder on that volume.")
        String path) {}
