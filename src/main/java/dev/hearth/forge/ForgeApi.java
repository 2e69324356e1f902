package dev.hearth.forge;

import dev.hearth.core.forge.ResultComment;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** One repository at a forge, as far as Hearth uses it. */
public sealed interface ForgeApi permits GitHubCompatible, GitLab {
    /** Returns which of several statuses of one commit and ref the forge does not show. */
    List<NamedStatus> missing(List<NamedStatus> wanted) throws ForgeException;

    /** Writes a status that the forge does not show. */
    void write(NamedStatus wanted) throws ForgeException;

    /**
     * Makes a pull request show a result in a comment of the token's own user. Returns whether the comment had to be written or
     * edited.
     */
    boolean comment(long number, ResultComment wanted) throws ForgeException;

    /** Returns a pull request by its number. */
    PullRequest pullRequest(long number) throws ForgeException;

    /** Returns whether somebody may push to the repository. False as well if the token does not allow to ask. */
    boolean mayWrite(Account account) throws ForgeException;

    /** Returns the first comments at a pull request since a time, or the newest at forges that list these first. */
    List<Comment> comments(long number, Instant since) throws ForgeException;

    /** Asks when the token expires. Empty if it does not, or if the forge does not tell. */
    Optional<Instant> tokenExpiry() throws ForgeException;
}
