package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** What trying the forms of isolation in a namespace has shown. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PreflightStatus(
        @Required
        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When it was tried.")
        String at,

        @JsonPropertyDescription("The strongest form that is possible; none if builds cannot run here.") @Nullable
        IsolationForm found,

        @JsonPropertyDescription("One word for machines on what was found.")
        String reason,

        @JsonPropertyDescription("What each form that was tried gave.")
        String message) {}
