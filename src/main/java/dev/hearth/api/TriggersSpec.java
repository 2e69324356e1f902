package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What starts runs of a pipeline: refs that move, and schedules; and which of the new commits are skipped. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = PatternSyntax.BRANCHES_RULE, fieldPath = ".branches", message = PatternSyntax.REF_MESSAGE)
@ValidationRule(value = PatternSyntax.TAGS_RULE, fieldPath = ".tags", message = PatternSyntax.REF_MESSAGE)
@ValidationRule(value = PatternSyntax.ONLY_PATHS_RULE, fieldPath = ".onlyPaths", message = PatternSyntax.PATH_MESSAGE)
@ValidationRule(
        value = PatternSyntax.IGNORE_PATHS_RULE,
        fieldPath = ".ignorePaths",
        message = PatternSyntax.PATH_MESSAGE)
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
        @JsonPropertyDescription(
                "How often the refs of the repository are listed. At least 5s. While webhooks tell of each change, a quiet"
                        + " repository is listed less often: at intervals of up to ten times as long, or 15m.")
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
        List<ScheduleSpec> schedules,

        @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription(
                "A commit of a branch or pull request is skipped unless it changes a file that one of these patterns"
                        + " (docs/patterns.md) matches, such as src/**. A pull request is compared with the commit where it"
                        + " leaves its branch, a branch with its last run that succeeded.")
        List<@Size(min = 1, max = 512) String> onlyPaths,

        @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription(
                "A commit of a branch or pull request is skipped if these patterns match all files that it changes, such as"
                        + " docs/** and *.md.")
        List<@Size(min = 1, max = 512) String> ignorePaths,

        @Default("[]")
        @Size(max = 8)
        @JsonPropertyDescription(
                "A commit of a trusted branch is skipped if its message contains one of these texts, such as [skip ci], in"
                        + " any case. Messages of other commits are not read, since their authors could skip the tests of"
                        + " their own changes. A merge can copy the title of a pull request into the message.")
        List<@Size(min = 3, max = 64) String> skipMessages) {

    static final TriggersSpec NONE = TriggersSpecBuilder.builder()
            .poll("1m")
            .pullRequests(PullRequestTrigger.NONE)
            .build();

    public TriggersSpec {
        poll = orElse(poll, "1m");
        branches = List.copyOf(orElse(branches, List.of()));
        tags = List.copyOf(orElse(tags, List.of()));
        pullRequests = orElse(pullRequests, PullRequestTrigger.NONE);
        schedules = List.copyOf(orElse(schedules, List.of()));
        onlyPaths = List.copyOf(orElse(onlyPaths, List.of()));
        ignorePaths = List.copyOf(orElse(ignorePaths, List.of()));
        skipMessages = List.copyOf(orElse(skipMessages, List.of()));
    }
}
