package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A reference to a Secret in the same namespace. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SecretReference(
        @Required
        @Size(max = SchemaPatterns.OBJECT_LENGTH)
        @Pattern(SchemaPatterns.OBJECT)
        @JsonPropertyDescription("Name of a Secret in the pipeline's namespace.")
        String secretName) {}
