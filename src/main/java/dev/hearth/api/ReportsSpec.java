package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Report files of a task. They are kept whether it succeeds, fails or times out. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = PatternSyntax.JUNIT_RULE, fieldPath = ".junit", message = ReportsSpec.MESSAGE)
@ValidationRule(value = PatternSyntax.FILES_RULE, fieldPath = ".files", message = ReportsSpec.MESSAGE)
public record ReportsSpec(
        @Default("[]")
        @Size(max = 8)
        @JsonPropertyDescription(
                "JUnit XML files, by absolute path or pattern (docs/patterns.md), such as /reports/*.xml."
                        + " The status of the step summarizes them.")
        List<@Size(min = 2, max = 256) String> junit,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Other files to keep, such as coverage or screenshots, by absolute path or pattern, such as"
                        + " /reports/**.")
        List<@Size(min = 2, max = 256) String> files) {

    static final String MESSAGE =
            "a report pattern is an absolute path, such as /reports/*.xml or /reports/**: begin it with"
                    + " a slash, close every [, and write a backslash before every brace and backslash";

    static final ReportsSpec NONE = new ReportsSpec(List.of(), List.of());

    public ReportsSpec {
        junit = List.copyOf(orElse(junit, List.of()));
        files = List.copyOf(orElse(files, List.of()));
    }

    public boolean any() {
        return !junit.isEmpty() || !files.isEmpty();
    }
}
