package dev.hearth.forge;

import dev.hearth.core.forge.CommitStatus;
import org.jspecify.annotations.Nullable;

/**
 * A status at a commit under a name.
 *
 * @param branch short name of the branch or tag that the status is of; null for a pull request
 */
public record NamedStatus(
        String name, String commit, @Nullable String branch, CommitStatus status) {}
