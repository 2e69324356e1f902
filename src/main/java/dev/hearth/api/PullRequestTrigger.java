package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** Whether refs/pull/N/head and refs/merge-requests/N/head start runs, which hold no credentials and push nothing. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PullRequestTrigger(
        @Default("false")
        @JsonPropertyDescription(
                "Run new and updated pull requests; those that exist when the pipeline is first seen wait for their next push.")
        boolean enabled) {}
