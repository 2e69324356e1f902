package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A summary of a step's test reports that fits into a status. Its texts come from the reports, as plain text. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TestSummary(
        @JsonPropertyDescription("Number of tests that passed, including those that passed only when repeated.")
        int passed,

        @JsonPropertyDescription("Number of tests that failed or ended with an error.")
        int failed,

        @JsonPropertyDescription("Number of tests that were skipped.")
        int skipped,

        @JsonPropertyDescription("Total duration of all tests in seconds, according to the reports.")
        double seconds,

        @JsonPropertyDescription("The first tests that failed.")
        List<Failure> failures,

        @JsonPropertyDescription("The slowest tests.") List<Slow> slowest,

        @JsonPropertyDescription("The first tests that failed and then passed, according to the reports.")
        List<String> flaky,

        @JsonPropertyDescription("The first problems with reading report files.")
        List<String> problems)
        implements TestSummaryBuilder.With {

    public TestSummary {
        failures = List.copyOf(orElse(failures, List.of()));
        slowest = List.copyOf(orElse(slowest, List.of()));
        flaky = List.copyOf(orElse(flaky, List.of()));
        problems = List.copyOf(orElse(problems, List.of()));
    }

    /** A test that failed. */
    @BuiltByName
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Failure(
            @JsonPropertyDescription("Name of the test, after its class or what the report has in place of a class.")
            String id,

            @JsonPropertyDescription("Beginning of the failure message.") @Nullable
            String message,

            @JsonPropertyDescription("First lines of the failure's details.") @Nullable
            String details,

            @JsonPropertyDescription(
                    "File in which the test failed, relative to the root of the repository, if the report names it.")
            @Nullable
            String file,

            @JsonPropertyDescription("Line of the file in which the test failed, if the report names it.") @Nullable
            Integer line) {}

    /** A slow test. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Slow(
            @JsonPropertyDescription("Name of the test, after its class or what the report has in place of a class.")
            String id,

            @JsonPropertyDescription("Duration of the test in seconds.")
            double seconds) {}
}
