package dev.hearth.api;

/** What happens to pull requests that are drafts. */
public enum DraftRule {
    /** They run as others do. */
    Run,
    /** They wait until they are marked as ready. */
    Wait
}
