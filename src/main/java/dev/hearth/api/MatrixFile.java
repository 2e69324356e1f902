package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A JSON file of an artifact that lists matrix cells: {@code [{"example": "join"}, {"example": "sum"}]}. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record MatrixFile(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @JsonPropertyDescription(
                "Build or task whose artifact has the file. It must be listed in the task's artifacts.")
        String artifact,

        @Required
        @Size(min = 1, max = 256)
        @Pattern(SchemaPatterns.FILE)
        @JsonPropertyDescription(
                "Path of the file in the artifact. The file is a JSON list of maps of strings, numbers or"
                        + " booleans, at most 16 KiB.")
        String file,

        @Default("Fail")
        @JsonPropertyDescription(
                "What happens if the list is empty: the task fails with Fail, or succeeds without a run"
                        + " with Pass.")
        IfEmpty ifEmpty) {

    /** The result of a task whose list of matrix cells is empty. */
    public enum IfEmpty {
        Fail,
        Pass
    }

    public MatrixFile {
        ifEmpty = orElse(ifEmpty, IfEmpty.Fail);
    }
}
