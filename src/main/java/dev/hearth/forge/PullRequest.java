package dev.hearth.forge;

import org.jspecify.annotations.Nullable;

/**
 * A pull request, or merge request, as the forge shows it now.
 *
 * @param closed whether it is closed or merged
 * @param base newest commit of the branch that it is for, 40 hexadecimal digits; null if the forge does not tell
 * @param origin who can push its commits
 */
public record PullRequest(
        Account author, boolean closed, @Nullable String base, Origin origin) {
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
