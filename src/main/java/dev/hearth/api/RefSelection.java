package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** A selection of branches and tags, by name or pattern. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = PatternSyntax.BRANCHES_RULE, fieldPath = ".branches", message = PatternSyntax.REF_MESSAGE)
@ValidationRule(value = PatternSyntax.TAGS_RULE, fieldPath = ".tags", message = PatternSyntax.REF_MESSAGE)
public record RefSelection(
        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription("Branches, by name or pattern (docs/patterns.md), such as main or release/*.")
        List<@Size(min = 1, max = PatternSyntax.REF_LENGTH) String> branches,

        @Default("[]") @Size(max = 32) @JsonPropertyDescription("Tags, by name or pattern, such as v*.")
        List<@Size(min = 1, max = PatternSyntax.REF_LENGTH) String> tags) {

    static final RefSelection NONE = new RefSelection(List.of(), List.of());

    public RefSelection {
        branches = List.copyOf(orElse(branches, List.of()));
        tags = List.copyOf(orElse(tags, List.of()));
    }
}
