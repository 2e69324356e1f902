package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A task cache: a directory that a task keeps for its next run. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskCache(
        @Required
        @Size(min = 2, max = 256)
        @Pattern(SchemaPatterns.CACHE)
        @JsonPropertyDescription(
                "Absolute path of the directory, such as /src/target, or C:\\src\\target in a task with os:"
                        + " Windows. The directory exists and is writable. It hides files that the image has at this"
                        + " path.")
        String path) {}
