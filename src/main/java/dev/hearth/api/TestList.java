package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A file of an artifact that lists the tests for the shards of a task, one per line. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TestList(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @JsonPropertyDescription(
                "Build or task whose artifact has the file. It must be listed in the task's artifacts.")
        String artifact,

        @Required
        @Size(min = 1, max = 256)
        @Pattern(SchemaPatterns.FILE)
        @JsonPropertyDescription("Path of the file in the artifact. The file lists names of tests, one per line, as the"
                + " task's JUnit reports name them (class, class.name, file or name), at most 512 KiB.")
        String file) {}
