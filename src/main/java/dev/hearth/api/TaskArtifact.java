package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** The artifact of a task: files for later tasks. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskArtifact(
        @Required
        @Size(min = 2, max = 256)
        @Pattern(SchemaPatterns.DIRECTORY)
        @JsonPropertyDescription(
                "Directory that the task writes its files to. It exists and is empty when the task starts.")
        String path,

        @Default("Fail")
        @JsonPropertyDescription("What happens if the task succeeds but writes no files there: Fail, or Warn.")
        IfMissing ifMissing) {

    /** What happens if the task succeeds without writing a file. */
    public enum IfMissing {
        Fail,
        Warn
    }

    public TaskArtifact {
        ifMissing = orElse(ifMissing, IfMissing.Fail);
    }
}
