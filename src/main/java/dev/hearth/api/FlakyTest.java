package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** A test that both failed and passed on the same commit. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record FlakyTest(
        @JsonPropertyDescription("Class, or what a report has in its place, and name of the test.")
        String id,

        @JsonPropertyDescription("Step that it is part of.") String step,

        @JsonPropertyDescription("In how many of the last runs it was flaky.")
        int flakyRuns,

        @JsonPropertyDescription("How many of the last runs have a report of the step.")
        int runs,

        @JsonPropertyDescription("The newest run in which it was flaky.")
        String lastRun) {}
