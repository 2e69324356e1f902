package dev.hearth.core.trigger;

import dev.hearth.core.ref.GitRef;

/** Refs that are treated alike when they are first listed. */
public enum RefGroup {
    /** Branches and tags. Each ref that matches starts a run when it is first listed. */
    PUSHED,
    /** Pull requests. Forges keep the refs of closed pull requests, so the refs of the first listing start no runs. */
    PULL_REQUESTS;

    public static RefGroup of(GitRef ref) {
        return ref.kind() == GitRef.Kind.PULL_REQUEST ? PULL_REQUESTS : PUSHED;
    }
}
