package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** One condition of a status, in the form of Kubernetes' API conventions. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Condition(
        @Required @JsonPropertyDescription("Ready, Reconciling, Stalled or Succeeded.")
        String type,

        @Required @JsonPropertyDescription("True, False or Unknown.")
        String status,

        @Required @JsonPropertyDescription("One word for machines.")
        String reason,

        @Required @JsonPropertyDescription("A sentence for people.")
        String message,

        @Required
        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When status last changed.")
        String lastTransitionTime,

        @Required @JsonPropertyDescription("metadata.generation that this was computed from.")
        Long observedGeneration) {}
