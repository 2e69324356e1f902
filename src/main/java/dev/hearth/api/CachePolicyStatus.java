package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a policy can be followed in this cluster. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record CachePolicyStatus(
        @JsonPropertyDescription("metadata.generation that this status was computed from.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, Reconciling and Stalled, as kstatus reads them.")
        List<Condition> conditions) {

    public CachePolicyStatus {
        conditions = List.copyOf(orElse(conditions, List.of()));
    }
}
