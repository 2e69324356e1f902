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

        @JsonPropertyDescription(
                "PersistentVolumeClaim that holds the files. Empty if artifactFolder of the run's status names it.")
        @Nullable
        String claim,

        @JsonPropertyDescription(
                "uid of that claim: a later claim of the same name does not have the files. Empty if an earlier version of"
                        + " Hearth wrote it.")
        @Nullable
        String claimUid,

        @JsonPropertyDescription("Path of the files on that volume, or below artifactFolder of the run's status.")
        @Nullable
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

    /** Whether the files are on a volume of a cache scope. Those of an earlier version of Hearth are on one of the run. */
    public boolean onCacheVolume() {
        return claim != null && claimUid != null;
    }

    /** Returns the artifact with its whole place, if it shows none but its path below a folder. */
    ArtifactStatus orIn(ArtifactFolder folder) {
        return claim == null && image == null && path != null
                ? with().claim(folder.claim())
                        .claimUid(folder.claimUid())
                        .path(folder.path() + "/" + path)
                        .build()
                : this;
    }

    /** Returns the artifact without its place on a volume, for a run in which all who need it use its image. */
    public ArtifactStatus withoutPlace() {
        return with().claim(null).claimUid(null).path(null).build();
    }

    /** Returns the artifact as a later run that reuses it records it. */
    public ArtifactStatus asReusedFrom(String run) {
        return withReusedFrom(reusedFrom == null ? run : reusedFrom);
    }
}
