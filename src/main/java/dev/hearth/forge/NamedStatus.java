package dev.hearth.forge;

import dev.hearth.core.forge.CommitStatus;

/**
 * A status at a commit under a name.
 *
 * @param ref full name of the ref whose run decides; empty if its runs were deleted
 */
public record NamedStatus(String name, String commit, String ref, CommitStatus status) {}
