package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** Files that a step has left, and where they are. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ArtifactStatus(
        @JsonPropertyDescription("Digest of the files: of their paths, types, modes, link targets and content.")
        @Nullable
        String digest,

        @JsonPropertyDescription("Number of files.") @Nullable
        Long files,

        @JsonPropertyDescription("Size in KiB.") @Nullable Long kib,

        @JsonPropertyDescription("PersistentVolumeClaim that they are on.") @Nullable
        String claim,

        @JsonPropertyDescription("Path on it.") @Nullable String path,

        @JsonPropertyDescription("Image that holds them, by digest.") @Nullable
        String image,

        @JsonPropertyDescription("What they were made from: the same value gives the same files.") @Nullable
        String inputs,

        @JsonPropertyDescription("Run that made them, if it was another.") @Nullable
        String reusedFrom) {

    /** The same files, to be had as an image. */
    public ArtifactStatus as(String published) {
        return new ArtifactStatus(digest, files, kib, claim, path, published, inputs, reusedFrom);
    }

    /** As a later run has them. */
    public ArtifactStatus of(String run) {
        return new ArtifactStatus(
                digest, files, kib, claim, path, image, inputs, reusedFrom == null ? run : reusedFrom);
    }
}
