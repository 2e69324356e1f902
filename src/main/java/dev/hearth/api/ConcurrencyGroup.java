package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Refs of a pipeline of which only so many runs are active at a time. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = PatternSyntax.BRANCHES_RULE, fieldPath = ".branches", message = PatternSyntax.REF_MESSAGE)
@ValidationRule(value = PatternSyntax.TAGS_RULE, fieldPath = ".tags", message = PatternSyntax.REF_MESSAGE)
@ValidationRule(
        value = "size(self.branches) + size(self.tags) > 0 || self.pullRequests",
        message = "a group without refs limits nothing: list branches or tags, or set pullRequests: true")
public record ConcurrencyGroup(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @Pattern(SchemaPatterns.NAME)
        @JsonPropertyDescription("Name of the group, which the status of a waiting run shows.")
        String name,

        @Default("[]") @Size(max = 32) @JsonPropertyDescription("Branches, by name or pattern (docs/patterns.md).")
        List<@Size(min = 1, max = PatternSyntax.REF_LENGTH) String> branches,

        @Default("[]") @Size(max = 32) @JsonPropertyDescription("Tags, by name or pattern, such as v*.")
        List<@Size(min = 1, max = PatternSyntax.REF_LENGTH) String> tags,

        @Default("false") @JsonPropertyDescription("Whether pull requests and merge requests belong to the group.")
        boolean pullRequests,

        @Default("false")
        @JsonPropertyDescription(
                "Whether each ref is a group of its own, so that runs of one branch take turns and branches do not wait for each"
                        + " other.")
        boolean perRef,

        @Default("1") @Min(1) @Max(1000) @JsonPropertyDescription("How many runs of the group may be active at a time.")
        int maxRuns) {

    public ConcurrencyGroup {
        branches = List.copyOf(orElse(branches, List.of()));
        tags = List.copyOf(orElse(tags, List.of()));
        maxRuns = maxRuns == 0 ? 1 : maxRuns;
    }
}
