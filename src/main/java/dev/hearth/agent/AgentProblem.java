package dev.hearth.agent;

import java.util.Objects;

/**
 * What was wrong with a cache, and what the agent did about it.
 *
 * @param reason name of a reason that the operator knows, or any text of a pod that was broken into
 */
public record AgentProblem(String reason, String note) {
    public AgentProblem {
        Objects.requireNonNull(reason);
        Objects.requireNonNull(note);
    }
}
