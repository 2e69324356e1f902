package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** The artifact of a step, and where it is stored. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record ArtifactStatus(
        @JsonPropertyDescription("Digest over the paths, types, modes, link targets and content of all files.")
        @Nullable
        String digest,

        @JsonPropertyDescription("Number of files.") @Nullable
        Long files,

        @JsonPropertyDescription("Size in KiB.") @Nullable Long kib,

        @JsonPropertyDescription("PersistentVolumeClaim that holds the files.") @Nullable
        String claim,

        @JsonPropertyDescription(
                "uid of that claim, if it is that of a cache volume: a later claim of the same name does not"
                        + " have the files.")
        @Nullable
        String claimUid,

        @JsonPropertyDescription("Path of the files on that volume.") @Nullable
        String path,

        @JsonPropertyDescription("Image that holds the files, with its digest.") @Nullable
        String image,

        @JsonPropertyDescription(
                "Artifact key: a hash of the inputs and of what the spec says of the artifact. Artifacts with equal keys are interchangeable.")
        @Nullable
        String inputs,

        @JsonPropertyDescription("Run that produced the files, if this run reused them.") @Nullable
        String reusedFrom)
        implements ArtifactStatusBuilder.With {

    /** Whether the files are on a cache volume, not on one of the run or in a registry. */
    public boolean onCacheVolume() {
        return claim != null && claimUid != null;
    }

    /** Returns the artifact as a later run that reuses it records it. */
    public ArtifactStatus asReusedFrom(String run) {
        return withReusedFrom(reusedFrom == null ? run : reusedFrom);
    }
}
