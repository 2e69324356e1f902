package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Files of a task that are kept whether it passed or not, also where its time ran out. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = PatternSyntax.JUNIT_RULE, fieldPath = ".junit", message = ReportsSpec.MESSAGE)
@ValidationRule(value = PatternSyntax.FILES_RULE, fieldPath = ".files", message = ReportsSpec.MESSAGE)
public record ReportsSpec(
        @Default("[]")
        @Size(max = 8)
        @JsonPropertyDescription(
                "JUnit XML files, by whole path or pattern (docs/patterns.md) such as /reports/*.xml: counted and summed up in the status.")
        List<@Size(min = 2, max = 256) String> junit,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Files to keep as they are, by whole path or pattern such as /reports/**: coverage, screenshots.")
        List<@Size(min = 2, max = 256) String> files) {

    static final String MESSAGE =
            "a report pattern is a whole path, such as /reports/*.xml or /reports/**: close every [,"
                    + " and write a backslash before every brace and backslash";

    static final ReportsSpec NONE = new ReportsSpec(List.of(), List.of());

    public ReportsSpec {
        junit = List.copyOf(orElse(junit, List.of()));
        files = List.copyOf(orElse(files, List.of()));
    }

    public boolean any() {
        return !junit.isEmpty() || !files.isEmpty();
    }
}
