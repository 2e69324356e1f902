package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;

/** Names a Secret of the same namespace. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SecretName(
        @Required
        @Pattern("^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$")
        @JsonPropertyDescription("Name of a Secret in the pipeline's namespace.")
        String secretName) {}
