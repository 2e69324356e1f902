package dev.hearth.core.trust;

import dev.hearth.api.Trust;
import dev.hearth.api.TrustSpec;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/** Names and globs of branches and tags; {@code *} stays within one path segment, {@code **} crosses them. */
public record RefFilter(List<String> branches, List<String> tags, boolean pullRequests) {

    /** Trust in a ref: what it names is trusted. A pull request is nobody's word but its author's, so it never is. */
    public static Trust trust(TrustSpec trusted, Ref ref) {
        return new RefFilter(trusted.branches(), trusted.tags(), false).matches(ref) ? Trust.Trusted : Trust.Untrusted;
    }

    public boolean matches(Ref ref) {
        return switch (ref.kind()) {
            case BRANCH -> anyMatches(branches, ref.shortName());
            case TAG -> anyMatches(tags, ref.shortName());
            case PULL_REQUEST -> pullRequests;
            case OTHER -> false;
        };
    }

    /** Whether a pattern is a plain name, so that nothing matching it is a mistake rather than a matter of time. */
    public static boolean isPlain(String pattern) {
        return pattern.chars().noneMatch(c -> "*?[{\\".indexOf(c) >= 0);
    }

    private static boolean anyMatches(List<String> patterns, String name) {
        return patterns.stream().anyMatch(pattern -> pattern.equals(name) || globMatches(pattern, name));
    }

    private static boolean globMatches(String pattern, String name) {
        try {
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
            return matcher.matches(Path.of(name));
        } catch (PatternSyntaxException | InvalidPathException e) {
            return false; // a malformed glob follows nothing, and a ref that is no path matches none
        }
    }
}
