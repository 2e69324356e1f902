package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/**
 * Whether refs/pull/N/head and refs/merge-requests/N/head start runs. These runs have no credentials and do not push.
 */
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
        StrangerRule strangers) {
    static final PullRequestTrigger NONE = new PullRequestTrigger(false, null);
}
