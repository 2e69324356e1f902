package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a step's test reports say, short enough for a status. All of its texts are somebody else's, made plain. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TestSummary(
        @JsonPropertyDescription("Tests that passed, those that did so only when repeated among them.")
        int passed,

        @JsonPropertyDescription("Tests that failed or ended with an error.")
        int failed,

        @JsonPropertyDescription("Tests that were not run.") int skipped,

        @JsonPropertyDescription("Seconds that all tests took together, as the reports say.")
        double seconds,

        @JsonPropertyDescription("Tests that failed: the first few.")
        List<Failure> failures,

        @JsonPropertyDescription("Tests that took longest.") List<Slow> slowest,

        @JsonPropertyDescription("Tests that failed and then passed, as the reports say themselves: the first few.")
        List<String> flaky,

        @JsonPropertyDescription("Report files, or parts of them, that could not be read, and why: the first few.")
        List<String> problems) {

    public TestSummary {
        failures = List.copyOf(orElse(failures, List.of()));
        slowest = List.copyOf(orElse(slowest, List.of()));
        flaky = List.copyOf(orElse(flaky, List.of()));
        problems = List.copyOf(orElse(problems, List.of()));
    }

    /** A test that failed. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Failure(
            @JsonPropertyDescription("Class, or what a report has in its place, and name of the test.")
            String id,

            @JsonPropertyDescription("The first words on why.") @Nullable
            String message,

            @JsonPropertyDescription("The first lines of the details.") @Nullable
            String details) {}

    /** A test that took long. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Slow(
            @JsonPropertyDescription("Class, or what a report has in its place, and name of the test.")
            String id,

            @JsonPropertyDescription("How long it took.") double seconds) {}
}
