package dev.hearth.core.trigger;

import dev.hearth.core.trust.Ref;

/** Refs that are first looked at together. */
public enum RefGroup {
    /** Branches and tags: those that match when they are first seen start a run each. */
    PUSHED,
    /** Pull requests: a forge keeps the refs of all that were ever closed, so those first seen start nothing. */
    PULL_REQUESTS;

    public static RefGroup of(Ref ref) {
        return ref.kind() == Ref.Kind.PULL_REQUEST ? PULL_REQUESTS : PUSHED;
    }
}
