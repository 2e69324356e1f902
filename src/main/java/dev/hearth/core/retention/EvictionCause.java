package dev.hearth.core.retention;

import dev.hearth.api.Reason;

/** Why retention deletes a cache scope. */
public enum EvictionCause {
    /** The repository no longer has the scope's ref. */
    RefClosed(Reason.RefClosed),
    /** No run has used the scope for the time that the policy sets. */
    Idle(Reason.Idle),
    /** The caches of the scope's pipeline are larger than {@code maxPerPipeline}. */
    PipelineBudget(Reason.PipelineBudget),
    /** All caches of the policy are larger than {@code maxTotal}. */
    TotalBudget(Reason.TotalBudget);

    private final Reason reason;

    EvictionCause(Reason reason) {
        this.reason = reason;
    }

    /** Returns the reason that the status of the policy shows. */
    public Reason reason() {
        return reason;
    }
}
