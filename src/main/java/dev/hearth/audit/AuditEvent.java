package dev.hearth.audit;

import java.util.Optional;

/**
 * An action of a user or of Hearth. docs/audit.md documents the actions and fields as API.
 *
 * @param user the name that the API server has for the user; empty if an object caused the action, whose author only
 * the API server's audit log has
 * @param detail further text that distinguishes events of the same action
 */
public record AuditEvent(
        Action action, Optional<String> user, String namespace, String name, Outcome outcome, String detail) {
    /** The user of actions that Hearth takes by itself. */
    public static final String HEARTH = "hearth";

    /** Returns this event as an action of that user. */
    public AuditEvent by(String actor) {
        return new AuditEvent(action, Optional.of(actor), namespace, name, outcome, detail);
    }

    /** An action, and the kind of its object. */
    public enum Action {
        ResultsRead("PipelineRun"),
        RunStarted("PipelineRun"),
        RunApproved("PipelineRun"),
        RunCancelled("PipelineRun"),
        CacheRolledBack("CacheScope"),
        CacheEvicted("CacheScope");

        private final String kind;

        Action(String kind) {
            this.kind = kind;
        }

        public String kind() {
            return kind;
        }
    }

    /** Whether the action was done or forbidden. */
    public enum Outcome {
        Done,
        Forbidden
    }
}
