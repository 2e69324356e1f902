package dev.hearth.audit;

import java.util.Optional;

/**
 * An action of a user or of Hearth. docs/audit.md promises the words and fields.
 *
 * @param user as the API server names them; empty for what an object asked for, whose author is in the API server's audit log
 * @param detail what else tells one event of an action from another
 */
public record AuditEvent(
        Action action, Optional<String> user, String namespace, String name, Outcome outcome, String detail) {
    /** Of what Hearth does by itself. */
    public static final String HEARTH = "hearth";

    /** What was done, and to an object of which kind. */
    public enum Action {
        ResultsRead("PipelineRun"),
        RunStarted("PipelineRun"),
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

    /** What came of it. */
    public enum Outcome {
        Done,
        Forbidden
    }
}
