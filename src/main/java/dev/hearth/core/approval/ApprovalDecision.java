package dev.hearth.core.approval;

import dev.hearth.api.ApprovalRequest;
import dev.hearth.core.status.StatusReason;

/** What happens to a run of a pull request before it starts. */
public sealed interface ApprovalDecision {
    /** It starts, with the definition of this origin. */
    record Start(DefinitionOrigin definition) implements ApprovalDecision {}

    /** It waits for an approval. */
    record Ask(StatusReason why, ApprovalRequest request) implements ApprovalDecision {}

    /** It waits until more is known. */
    record Wait(StatusReason why) implements ApprovalDecision {}

    /** It never starts. */
    record Refuse(StatusReason why) implements ApprovalDecision {}
}
