package dev.hearth.core.ref;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/** A git ref by its full name. Its namespace decides its kind: forges do not let users push to refs of pull requests. */
public record GitRef(String name, Kind kind) {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    private static final Pattern PULL_REQUEST = Pattern.compile("refs/(pull|merge-requests)/[0-9]+/head");

    /** The namespace of a ref. */
    public enum Kind {
        BRANCH,
        TAG,
        PULL_REQUEST,
        /** A namespace that Hearth does not know. Such refs are treated like pull requests. */
        OTHER;

        /** Returns the placeholder for the label of such a ref. */
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

    /** Returns the name that patterns match: {@code main} for {@code refs/heads/main}. */
    public String shortName() {
        return switch (kind) {
            case BRANCH -> name.substring("refs/heads/".length());
            case TAG -> name.substring("refs/tags/".length());
            case PULL_REQUEST, OTHER -> name.substring("refs/".length());
        };
    }
}
