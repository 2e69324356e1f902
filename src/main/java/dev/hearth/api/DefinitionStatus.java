package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** The file of the repository that says what a run builds and tests. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DefinitionStatus(
        @Size(max = 256) @JsonPropertyDescription("Path of the file.")
        String path,

        @Size(max = 40)
        @Pattern(SchemaPatterns.COMMIT)
        @JsonPropertyDescription("Commit that the file is of: that of the run, or of the base of its pull request.")
        @Nullable
        String commit,

        @JsonPropertyDescription("Line of the file with the mistake for which the run did not start.") @Nullable
        Integer line) {}
