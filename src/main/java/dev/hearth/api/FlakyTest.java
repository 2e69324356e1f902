package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** A test that both failed and passed on the same commit. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record FlakyTest(
        @JsonPropertyDescription("Name of the test, after its class or what the report has in place of a class.")
        String id,

        @JsonPropertyDescription("Step that runs the test.") String step,

        @JsonPropertyDescription("Number of the last runs in which the test was flaky.")
        int flakyRuns,

        @JsonPropertyDescription("Number of the last runs with a report of the step.")
        int runs,

        @JsonPropertyDescription("The newest run in which the test was flaky.")
        String lastRun) {}
