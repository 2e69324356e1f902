package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/**
 * Whether refs/pull/N/head and refs/merge-requests/N/head start runs. These runs have no credentials and do not push.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PullRequestTrigger(
        @Default("false")
        @JsonPropertyDescription(
                "Whether new and updated pull requests start runs. Pull requests that exist when Hearth"
                        + " first lists the refs start a run at their next push.")
        boolean enabled) {}
