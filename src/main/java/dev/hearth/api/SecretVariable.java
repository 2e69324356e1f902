package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** An environment variable whose value is in a Secret. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SecretVariable(
        @Required
        @Size(min = 1, max = 128)
        @Pattern("^[A-Za-z_][A-Za-z0-9_]*$")
        @JsonPropertyDescription("Name of the environment variable.")
        String name,

        @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of a Secret in the pipeline's namespace.")
        String secretName,

        @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Key of the value in the Secret.")
        String key) {}
