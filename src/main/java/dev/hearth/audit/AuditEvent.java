package dev.hearth.audit;

import java.util.Optional;

/**
 * Something that somebody did. docs/audit.md promises the words and fields.
 *
 * @param user by the name that the API server knows; empty for what an object of the API server asked for: who wrote that
 *     is in the API server's own audit log
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
