package dev.hearth.core.ref;

import dev.hearth.api.RefSelection;
import dev.hearth.api.Trust;
import dev.hearth.core.glob.RefPattern;
import java.util.List;

/** Selects branches and tags by patterns, and pull requests as a whole. */
public record RefFilter(List<RefPattern> branches, List<RefPattern> tags, boolean pullRequests) {

    public static RefFilter of(List<String> branches, List<String> tags, boolean pullRequests) {
        return new RefFilter(
                branches.stream().map(RefPattern::of).toList(),
                tags.stream().map(RefPattern::of).toList(),
                pullRequests);
    }

    /** Returns a filter for branches and tags only. */
    public static RefFilter of(RefSelection selection) {
        return of(selection.branches(), selection.tags(), false);
    }

    /**
     * Returns the trust in a ref, given the trusted branches and tags. A pull request is never trusted, since anyone may open
     * one. Neither is a merge group, which has pull requests that are not merged yet.
     */
    public static Trust trust(RefSelection trusted, GitRef ref) {
        return of(trusted).trust(ref);
    }

    /** Returns the trust in a ref, if this filter selects the trusted branches and tags. */
    public Trust trust(GitRef ref) {
        return matches(ref) ? Trust.Trusted : Trust.Untrusted;
    }

    public boolean matches(GitRef ref) {
        return switch (ref.kind()) {
            case BRANCH -> anyMatches(branches, ref.shortName());
            case TAG -> anyMatches(tags, ref.shortName());
            case PULL_REQUEST -> pullRequests;
            case MERGE_GROUP, OTHER -> false;
        };
    }

    /** Returns whether runs of a ref are started: a merge group is followed with its branch. */
    public boolean follows(GitRef ref) {
        return ref.mergeTarget().map(GitRef::of).map(this::matches).orElseGet(() -> matches(ref));
    }

    private static boolean anyMatches(List<RefPattern> patterns, String name) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(name));
    }
}
