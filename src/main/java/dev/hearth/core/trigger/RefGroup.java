package dev.hearth.core.trigger;

import dev.hearth.core.ref.GitRef;

/** Refs that are first looked at together. */
public enum RefGroup {
    /** Branches and tags: those that match when they are first seen start a run each. */
    PUSHED,
    /** Pull requests: a forge keeps the refs of all that were ever closed, so those first seen start nothing. */
    PULL_REQUESTS;

    public static RefGroup of(GitRef ref) {
        return ref.kind() == GitRef.Kind.PULL_REQUEST ? PULL_REQUESTS : PUSHED;
    }
}
