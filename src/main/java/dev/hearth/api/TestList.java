package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A file of an artifact that lists tests, one a line, for the shards of a task. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TestList(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @JsonPropertyDescription("Build or task whose artifact has the file; one of the task's artifacts.")
        String artifact,

        @Required
        @Size(min = 1, max = 256)
        @Pattern(SchemaPatterns.FILE)
        @JsonPropertyDescription(
                "Path in the artifact: names of tests, one a line, as the task's JUnit reports name them"
                        + " (class, class.name, file or name); 512 KiB at most.")
        String file) {}
