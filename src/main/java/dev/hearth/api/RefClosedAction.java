package dev.hearth.api;

/** What becomes of a cache whose ref is gone: a deleted branch, a closed pull request. */
public enum RefClosedAction {
    /** It stays until it has been idle for long enough. */
    Keep,
    /** It goes as soon as no run has it and nobody reads it. */
    Delete
}
