package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** The runs that a suspended pipeline does not start. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record StartPreview(
        @JsonPropertyDescription("Number of runs that would start now.")
        int total,

        @Size(max = StartPreview.MOST)
        @JsonPropertyDescription("The first of them: branches, then tags, then pull requests.")
        List<Start> first) {
    /** Most runs that are listed. */
    public static final int MOST = 20;

    public StartPreview {
        first = List.copyOf(PipelineSpec.orElse(first, List.of()));
    }

    /** A run that would start. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Start(
            @Size(max = SchemaPatterns.REF_LENGTH) @JsonPropertyDescription("Full name of the ref.")
            String ref,

            @Size(max = 40) @JsonPropertyDescription("Commit of the ref.")
            String commit) {}
}
