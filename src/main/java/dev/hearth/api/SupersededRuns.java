package dev.hearth.api;

/** Which runs are cancelled once their ref has moved on. */
public enum SupersededRuns {
    /** Runs of pull requests. */
    PullRequests,
    /** Runs of all refs. */
    All,
    /** No runs. */
    None
}
