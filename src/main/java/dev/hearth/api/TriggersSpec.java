package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** The refs that a pipeline follows by polling. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = PatternSyntax.BRANCHES_RULE, fieldPath = ".branches", message = PatternSyntax.REF_MESSAGE)
@ValidationRule(value = PatternSyntax.TAGS_RULE, fieldPath = ".tags", message = PatternSyntax.REF_MESSAGE)
public record TriggersSpec(
        @Default("1m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(
                value = "duration(self) >= duration('5s')",
                message = "refs of a repository are listed every 5s at most: write poll: 5s or longer")
        @JsonPropertyDescription("How often the refs of the repository are listed. At least 5s.")
        String poll,

        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription(
                "Branches to follow, by name or pattern (docs/patterns.md), such as main or release/*.")
        List<@Size(min = 1, max = PatternSyntax.REF_LENGTH) String> branches,

        @Default("[]") @Size(max = 32) @JsonPropertyDescription("Tags to follow, by name or pattern, such as v*.")
        List<@Size(min = 1, max = PatternSyntax.REF_LENGTH) String> tags,

        @Default("{}") @JsonPropertyDescription("Whether pull requests and merge requests are followed.")
        PullRequestTrigger pullRequests) {

    static final TriggersSpec NONE = new TriggersSpec("1m", List.of(), List.of(), PullRequestTrigger.NONE);

    public TriggersSpec {
        poll = orElse(poll, "1m");
        branches = List.copyOf(orElse(branches, List.of()));
        tags = List.copyOf(orElse(tags, List.of()));
        pullRequests = orElse(pullRequests, PullRequestTrigger.NONE);
    }
}
