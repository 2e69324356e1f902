package dev.hearth.api;

/** What happens to a cache when its ref is deleted, such as that of a closed pull request. */
public enum RefClosedAction {
    /** It is kept until it is idle. */
    Keep,
    /** It is deleted as soon as no run uses it and no other volume reads it. */
    Delete
}
