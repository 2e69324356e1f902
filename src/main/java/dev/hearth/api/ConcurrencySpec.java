package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** Which runs of a pipeline are cancelled because their ref has moved on. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ConcurrencySpec(
        @Default("PullRequests")
        @JsonPropertyDescription(
                "Which runs are cancelled once their ref has moved to another commit or was deleted: those of"
                        + " PullRequests, of All refs, or None. Runs that users have created are never cancelled by it.")
        SupersededRuns cancelSuperseded) {

    /** The default: runs of pull requests are cancelled. */
    public static final ConcurrencySpec DEFAULT = new ConcurrencySpec(SupersededRuns.PullRequests);

    public ConcurrencySpec {
        cancelSuperseded = orElse(cancelSuperseded, SupersededRuns.PullRequests);
    }
}
