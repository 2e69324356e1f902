package dev.hearth.core.ref;

import java.util.regex.Pattern;

/**
 * A git ref that a run can be for, by its full name. Git and the forge decide of which kind it is: nobody can push to a
 * forge's pull request refs as if they were branches.
 */
public record GitRef(String name, Kind kind) {
    private static final Pattern PULL_REQUEST = Pattern.compile("refs/(pull|merge-requests)/[0-9]+/head");

    /** What namespace of the repository a ref is in. */
    public enum Kind {
        BRANCH,
        TAG,
        PULL_REQUEST,
        /** In none that Hearth knows; treated like a pull request. */
        OTHER;

        /** Name of the placeholder that stands for such a ref's short name. */
        public String placeholder() {
            return switch (this) {
                case BRANCH -> "branch";
                case TAG -> "tag";
                case PULL_REQUEST, OTHER -> "pullRequest";
            };
        }
    }

    public static GitRef of(String name) {
        if (name.startsWith("refs/heads/")) {
            return new GitRef(name, Kind.BRANCH);
        }
        if (name.startsWith("refs/tags/")) {
            return new GitRef(name, Kind.TAG);
        }
        return new GitRef(name, PULL_REQUEST.matcher(name).matches() ? Kind.PULL_REQUEST : Kind.OTHER);
    }

    /** Number of a pull request; the short name of any other ref. */
    public String label() {
        return kind == Kind.PULL_REQUEST ? name.split("/", -1)[2] : shortName();
    }

    /** The name that triggers match: {@code main} for {@code refs/heads/main}. */
    public String shortName() {
        return switch (kind) {
            case BRANCH -> name.substring("refs/heads/".length());
            case TAG -> name.substring("refs/tags/".length());
            case PULL_REQUEST, OTHER -> name.substring("refs/".length());
        };
    }
}
