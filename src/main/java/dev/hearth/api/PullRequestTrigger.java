package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether refs/pull/N/head and refs/merge-requests/N/head start runs. These runs have no credentials and do not push.
 */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record PullRequestTrigger(
        @Default("false")
        @JsonPropertyDescription(
                "Whether new and updated pull requests start runs. Pull requests that exist when Hearth"
                        + " first lists the refs start a run at their next push.")
        boolean enabled,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "Ignore, Approve or Run: what happens to pull requests that come from a fork whose owner may not write the"
                        + " repository. By default Approve if forge.token or forge.app is set, which tells who that is. Without"
                        + " either everybody is a stranger, and the default is Run.")
        @Nullable
        StrangerRule strangers,

        @Default("Run")
        @JsonPropertyDescription(
                "Run or Wait: whether pull requests that are drafts run, or wait until they are marked as ready. Wait needs"
                        + " forge.token or forge.app, which tell which are drafts.")
        DraftRule drafts,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Only pull requests with one of these labels run; others are skipped, and run when they get one. Needs"
                        + " forge.token or forge.app. Labels are compared without regard to case.")
        List<@Size(min = 1, max = 100) String> onlyLabels,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Pull requests with one of these labels are skipped, and run when they have none any more. Needs forge.token or"
                        + " forge.app.")
        List<@Size(min = 1, max = 100) String> ignoreLabels) {
    static final PullRequestTrigger NONE = PullRequestTriggerBuilder.builder()
            .enabled(false)
            .drafts(DraftRule.Run)
            .build();

    public PullRequestTrigger {
        drafts = orElse(drafts, DraftRule.Run);
        onlyLabels = List.copyOf(orElse(onlyLabels, List.of()));
        ignoreLabels = List.copyOf(orElse(ignoreLabels, List.of()));
    }
}
