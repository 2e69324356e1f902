package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Files that a task leaves for later tasks. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskArtifact(
        @Required
        @Size(min = 2, max = 256)
        @Pattern(SchemaPatterns.DIRECTORY)
        @JsonPropertyDescription(
                "Directory that the task writes its files to; it exists and is empty when the task starts.")
        String path,

        @Default("Fail")
        @JsonPropertyDescription("What happens if the task succeeds and leaves nothing there: Fail, or Warn.")
        IfMissing ifMissing) {

    /** What happens where nothing was left. */
    public enum IfMissing {
        Fail,
        Warn
    }

    public TaskArtifact {
        ifMissing = orElse(ifMissing, IfMissing.Fail);
    }
}
