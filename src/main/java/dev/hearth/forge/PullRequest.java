package dev.hearth.forge;

import dev.hearth.api.BuiltCompletely;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A pull request, or merge request, as the forge shows it now.
 *
 * @param closed whether it is closed or merged
 * @param draft whether its author says that it is not ready
 * @param labels names of its labels
 * @param target short name of the branch that it is for; empty if the forge does not tell
 * @param base commit that the forge compares it with, 40 hexadecimal digits: on the branch that it is for, or once there, and
 *     not always its newest; null if the forge does not tell
 * @param origin who can push its commits
 */
@BuiltCompletely
public record PullRequest(
        Account author,
        boolean closed,
        boolean draft,
        Set<String> labels,
        Optional<String> target,
        @Nullable String base,
        Origin origin) {
    /** A pull request of which the forge tells nothing. */
    public static final PullRequest UNKNOWN = PullRequestBuilder.builder()
            .author(new Account("", ""))
            .closed(false)
            .draft(false)
            .labels(Set.of())
            .target(Optional.empty())
            .origin(Origin.OfOthers)
            .base(null)
            .build();

    public PullRequest {
        labels = Set.copyOf(labels);
    }

    /** Who can push the commits. */
    public enum Origin {
        /** Only those who may write the repository: they are pushed to a branch of it. */
        OfWriters,
        /** The author, and those whom the author lets push: they are pushed to a fork of the author's own. */
        OfAuthor,
        /** Others as well, or it is not known: the fork belongs to others or is gone. */
        OfOthers
    }
}
