package dev.hearth.api;

/** What happens to pull requests that are drafts. */
public enum DraftRule {
    /** They run as others do. */
    Run,
    /** They are skipped, and run when they are marked as ready. */
    Skip
}
