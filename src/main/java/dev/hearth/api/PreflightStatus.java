package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** The result of the preflight of isolation in a namespace. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PreflightStatus(
        @Required
        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the preflight was carried out.")
        String at,

        @JsonPropertyDescription(
                "The strongest isolation that is possible. Empty if builds cannot run in this namespace.")
        @Nullable
        IsolationForm found,

        @JsonPropertyDescription("Reason of the result, in one word for programs.")
        String reason,

        @JsonPropertyDescription("Result of each isolation that was tried.")
        String message) {}
