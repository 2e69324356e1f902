package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** What BuildKit says of a line of a Dockerfile. Its texts are plain text from the build's log. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DockerfileFinding(
        @JsonPropertyDescription("Dockerfile, relative to the root of the repository.")
        String file,

        @JsonPropertyDescription("Line of the Dockerfile.") int line,

        @JsonPropertyDescription("Rule that the line breaks. Empty for the instruction at which the build failed.")
        @Nullable
        String rule,

        @JsonPropertyDescription("What the rule says of the line.") @Nullable
        String message) {}
