package dev.hearth.git;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.RefSpec;

/** The refs that Hearth reads: branches, tags, and the pull or merge requests of forges. */
final class RefNamespaces {
    private static final Pattern KNOWN =
            Pattern.compile("refs/(?:heads|tags)/.+|refs/(?:pull|merge-requests)/[0-9]+/head");

    /** The refs to list. A server with version 2 of the protocol sends few others. */
    static final List<RefSpec> ALL = Stream.of(
                    "HEAD", "refs/heads/*", "refs/tags/*", "refs/pull/*/head", "refs/merge-requests/*/head")
            .map(pattern -> new RefSpec(pattern, RefSpec.WildcardMode.ALLOW_MISMATCH))
            .toList();

    private RefNamespaces() {}

    /** Whether a name from a user or a server is the valid full name of such a ref. */
    static boolean isKnown(String name) {
        return KNOWN.matcher(name).matches() && Repository.isValidRefName(name);
    }
}
