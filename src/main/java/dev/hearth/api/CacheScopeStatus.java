package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** State of a scope's volumes. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record CacheScopeStatus(
        @JsonPropertyDescription("metadata.generation that this status was computed from.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("One volume per platform.") List<Volume> volumes,

        @JsonPropertyDescription("Ready, Reconciling and Stalled, as kstatus reads them.")
        List<Condition> conditions) {

    public CacheScopeStatus {
        volumes = List.copyOf(orElse(volumes, List.of()));
        conditions = List.copyOf(orElse(conditions, List.of()));
    }

    /** The volume of one platform. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Volume(
            @JsonPropertyDescription("Platform whose BuildKit state it holds.")
            String platform,

            @JsonPropertyDescription("Name of the PersistentVolumeClaim.")
            String claim,

            @JsonPropertyDescription("Run that has the volume, which no other run mounts meanwhile.") @Nullable
            String run) {}
}
