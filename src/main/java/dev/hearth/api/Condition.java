package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** One condition of a status, as the API conventions of Kubernetes define it. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Condition(
        @Required @JsonPropertyDescription("Type of the condition, such as Ready, Reconciling, Stalled or Succeeded.")
        String type,

        @Required @JsonPropertyDescription("True, False or Unknown.")
        String status,

        @Required @JsonPropertyDescription("Reason of the status, in one word for programs.")
        String reason,

        @Required @JsonPropertyDescription("Message for people: what is the case, and what to do.")
        String message,

        @Required
        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the status of the condition last changed.")
        String lastTransitionTime,

        @Required @JsonPropertyDescription("metadata.generation that this condition was computed from.")
        Long observedGeneration) {}
