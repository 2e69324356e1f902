package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** What the files of a skipped run were compared with. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Comparison(
        @JsonPropertyDescription("Commit whose files were compared.")
        String commit,

        @JsonPropertyDescription("Branch that the pull request was for then.") @Nullable
        String branch,

        @JsonPropertyDescription("Earlier run of the ref that succeeded with the commit.") @Nullable
        String run) {
    /** Returns a comparison with the commit where a pull request leaves its branch. */
    public static Comparison withBranch(String commit, @Nullable String branch) {
        return new Comparison(commit, branch, null);
    }

    /** Returns a comparison with the commit of an earlier run. */
    public static Comparison withRun(String commit, String run) {
        return new Comparison(commit, null, run);
    }
}
