package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What somebody who approves a run has to know. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ApprovalRequest(
        @JsonPropertyDescription(
                "Author of the pull request at the forge. Empty if there is no token to ask the forge.")
        @Nullable
        String author,

        @JsonPropertyDescription(
                "Digest of what decides about the run: the pipeline's spec, and the definition and Dockerfiles of its"
                        + " commit.")
        @Nullable
        String digest,

        @JsonPropertyDescription(
                "Whether the files could be compared with the base of the pull request. If false, changedFiles says nothing.")
        @Nullable
        Boolean compared,

        @Size(max = 32)
        @JsonPropertyDescription(
                "Files that decide what runs, the definition and the Dockerfiles, that differ from the base of the pull request.")
        List<String> changedFiles) {

    public ApprovalRequest {
        changedFiles = List.copyOf(orElse(changedFiles, List.of()));
    }
}
