package dev.hearth.forge;

import dev.hearth.core.forge.CheckDetails;
import dev.hearth.core.forge.CommitStatus;
import org.jspecify.annotations.Nullable;

/**
 * A status at a commit under a name.
 *
 * @param ref full name of the ref whose run decides; empty if its runs were deleted
 * @param details what a check run shows beside the status; null if that is not known, so that any details are right
 * @param onlyInstead whether the status is only for a forge that shows another one under the name, so that none is right as well
 */
public record NamedStatus(
        String name,
        String commit,
        String ref,
        CommitStatus status,
        @Nullable CheckDetails details,
        boolean onlyInstead) {
    public NamedStatus(String name, String commit, String ref, CommitStatus status, @Nullable CheckDetails details) {
        this(name, commit, ref, status, details, false);
    }

    /** Returns the status for a forge that shows another one under the name. */
    public NamedStatus onlyInsteadOfAnother() {
        return new NamedStatus(name, commit, ref, status, details, true);
    }
}
