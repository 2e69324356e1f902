package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A JSON file of an artifact that lists legs: {@code [{"example": "join"}, {"example": "sum"}]}. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record MatrixFile(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @JsonPropertyDescription("Build or task whose artifact has the file; one of the task's artifacts.")
        String artifact,

        @Required
        @Size(min = 1, max = 256)
        @Pattern(SchemaPatterns.FILE)
        @JsonPropertyDescription(
                "Path in the artifact: a JSON list of maps of strings, numbers or booleans, 16 KiB at most.")
        String file,

        @Default("Fail")
        @JsonPropertyDescription("What an empty list means: Fail, or Pass for a task that then has nothing to do.")
        IfEmpty ifEmpty) {

    /** What an empty list means. */
    public enum IfEmpty {
        Fail,
        Pass
    }

    public MatrixFile {
        ifEmpty = orElse(ifEmpty, IfEmpty.Fail);
    }
}
