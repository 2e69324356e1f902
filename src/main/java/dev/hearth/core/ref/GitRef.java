package dev.hearth.core.ref;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** A git ref by its full name. Its namespace decides its kind: forges do not let users push to refs of pull requests. */
public record GitRef(String name, Kind kind) {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    private static final Pattern PULL_REQUEST = Pattern.compile("refs/(pull|merge-requests)/[0-9]+/head");

    private static final String BRANCHES = "refs/heads/";
    private static final Pattern MERGE_GROUP = Pattern.compile("refs/heads/gh-readonly-queue/(.+)/pr-[0-9]+-[0-9a-f]+");

    /** The namespace of a ref. */
    public enum Kind {
        BRANCH,
        TAG,
        PULL_REQUEST,
        /**
         * What GitHub's merge queue makes of a branch and the pull requests that are to be merged into it:
         * {@code refs/heads/gh-readonly-queue/main/pr-7-} and a commit.
         */
        MERGE_GROUP,
        /** A namespace that Hearth does not know. Such refs are treated like pull requests. */
        OTHER;

        /** Returns the placeholder for the label of such a ref. */
        public String placeholder() {
            return switch (this) {
                case BRANCH, MERGE_GROUP -> "branch";
                case TAG -> "tag";
                case PULL_REQUEST, OTHER -> "pullRequest";
            };
        }
    }

    public static GitRef of(String name) {
        if (name.startsWith(BRANCHES)) {
            return new GitRef(name, MERGE_GROUP.matcher(name).matches() ? Kind.MERGE_GROUP : Kind.BRANCH);
        }
        if (name.startsWith("refs/tags/")) {
            return new GitRef(name, Kind.TAG);
        }
        return new GitRef(name, PULL_REQUEST.matcher(name).matches() ? Kind.PULL_REQUEST : Kind.OTHER);
    }

    /** Returns the number of a pull request, or the short name of another ref. */
    public String label() {
        return kind == Kind.PULL_REQUEST ? name.split("/", -1)[2] : shortName();
    }

    /** Returns the number of a pull request. Empty for other refs, and for a number that no forge gives. */
    public OptionalLong number() {
        return kind == Kind.PULL_REQUEST && NUMBER.matcher(label()).matches()
                ? OptionalLong.of(Long.parseLong(label()))
                : OptionalLong.empty();
    }

    /** Returns the full name of the branch that a merge group is for. Empty for other refs. */
    public Optional<String> mergeTarget() {
        var matcher = MERGE_GROUP.matcher(name);
        return matcher.matches() ? Optional.of(BRANCHES + matcher.group(1)) : Optional.empty();
    }

    /**
     * Returns what identifies the runs that share caches and artifacts with a run of this ref: the ref, and for a merge group
     * the commit as well. So only the commit itself has written what its runs start from, whatever the ref had before. No ref
     * has a colon in its name.
     */
    public String lineage(String commit) {
        return kind == Kind.MERGE_GROUP ? name + ":" + commit : name;
    }

    /** Returns the name that patterns match: {@code main} for {@code refs/heads/main}. */
    public String shortName() {
        return switch (kind) {
            case BRANCH, MERGE_GROUP -> name.substring(BRANCHES.length());
            case TAG -> name.substring("refs/tags/".length());
            case PULL_REQUEST, OTHER -> name.startsWith("refs/") ? name.substring("refs/".length()) : name;
        };
    }
}
