package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What starts runs of a pipeline: refs that move, and schedules. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = PatternSyntax.BRANCHES_RULE, fieldPath = ".branches", message = PatternSyntax.REF_MESSAGE)
@ValidationRule(value = PatternSyntax.TAGS_RULE, fieldPath = ".tags", message = PatternSyntax.REF_MESSAGE)
@ValidationRule(
        value = "self.schedules.all(s, self.schedules.exists_one(o, o.name == s.name))",
        fieldPath = ".schedules",
        message = "two schedules have the same name: give each its own name")
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
        PullRequestTrigger pullRequests,

        @Default("[]")
        @Size(max = 8)
        @JsonPropertyDescription("Times at which the newest commit of a branch runs, such as every night.")
        List<ScheduleSpec> schedules) {

    static final TriggersSpec NONE = new TriggersSpec("1m", List.of(), List.of(), PullRequestTrigger.NONE, List.of());

    public TriggersSpec {
        poll = orElse(poll, "1m");
        branches = List.copyOf(orElse(branches, List.of()));
        tags = List.copyOf(orElse(tags, List.of()));
        pullRequests = orElse(pullRequests, PullRequestTrigger.NONE);
        schedules = List.copyOf(orElse(schedules, List.of()));
    }
}
