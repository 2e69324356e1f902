package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A directory that a task finds as an earlier run left it. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskCache(
        @Required
        @Size(min = 2, max = 256)
        @Pattern(SchemaPatterns.CACHE)
        @JsonPropertyDescription(
                "Absolute path of the directory: /src/target, or C:\\src\\target of a task with os: Windows."
                        + " It exists and can be written; what the image has there is hidden.")
        String path) {}
