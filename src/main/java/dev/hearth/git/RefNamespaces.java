package dev.hearth.git;

import dev.hearth.core.ref.GitRef;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.RefSpec;

/** The refs that Hearth reads: branches, tags, and the pull or merge requests of forges. */
final class RefNamespaces {
    private static final Pattern KNOWN =
            Pattern.compile("refs/(?:heads|tags)/.+|refs/(?:pull|merge-requests)/[0-9]+/head");

    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}]");

    /** The refs of every kind. */
    static final List<RefSpec> ALL = of(EnumSet.allOf(GitRef.Kind.class));

    private RefNamespaces() {}

    /** Returns what to ask for. A server with version 2 of the protocol sends few other refs. */
    static List<RefSpec> of(Set<GitRef.Kind> kinds) {
        return Stream.concat(Stream.of("HEAD"), kinds.stream().flatMap(RefNamespaces::patterns))
                .distinct()
                .map(pattern -> new RefSpec(pattern, RefSpec.WildcardMode.ALLOW_MISMATCH))
                .toList();
    }

    private static Stream<String> patterns(GitRef.Kind kind) {
        return switch (kind) {
            case BRANCH, MERGE_GROUP -> Stream.of("refs/heads/*");
            case TAG -> Stream.of("refs/tags/*");
            case PULL_REQUEST -> Stream.of("refs/pull/*/head", "refs/merge-requests/*/head");
            case OTHER -> Stream.empty();
        };
    }

    /**
     * Whether a name from a user or a server is the valid full name of such a ref. Git allows more: names with characters that
     * a terminal or a reader of logs acts on. They are in statuses and logs, so such refs do not exist for Hearth.
     */
    static boolean isKnown(String name) {
        return KNOWN.matcher(name).matches()
                && Repository.isValidRefName(name)
                && !INVISIBLE.matcher(name).find();
    }
}
