package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** A VolumeSnapshot of a sealed generation that is not ready to use yet. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record PendingSnapshot(
        @JsonPropertyDescription("Name of the VolumeSnapshot.")
        String name,

        @JsonPropertyDescription("PersistentVolumeClaim that the snapshot is taken of.")
        String claim,

        @JsonPropertyDescription("Number of the sealed generation that the snapshot is taken of.")
        int generation,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the snapshot was created. Empty if it could not be created.")
        @Nullable
        String since,

        @JsonPropertyDescription("The last error of the storage driver, which keeps trying.") @Nullable
        String error)
        implements PendingSnapshotBuilder.With {}
