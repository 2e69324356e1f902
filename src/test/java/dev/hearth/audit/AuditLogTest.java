package dev.hearth.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.audit.AuditEvent.Action;
import dev.hearth.audit.AuditEvent.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The format of the audit log, which programs read. */
class AuditLogTest {
    private final List<Map<String, String>> lines = new ArrayList<>();
    private final AuditLog log = new AuditLog((_, fields) -> lines.add(fields));

    @Test
    void writesTheDocumentedFields() throws IOException {
        log.record(new AuditEvent(
                Action.ResultsRead, Optional.of("ada"), "ci", "hello-1", Outcome.Done, "/log?step=unit"));

        assertThat(lines)
                .containsExactly(Map.of(
                        "audit.action", "ResultsRead",
                        "audit.user", "ada",
                        "audit.namespace", "ci",
                        "audit.kind", "PipelineRun",
                        "audit.name", "hello-1",
                        "audit.outcome", "Done",
                        "audit.detail", "/log?step=unit"));
        assertThat(Files.readString(Path.of("docs/audit.md")))
                .contains(lines.getFirst().keySet());
    }

    @ParameterizedTest
    @EnumSource(Action.class)
    void everyActionIsDocumented(Action action) throws IOException {
        assertThat(Files.readString(Path.of("docs/audit.md"))).contains("`" + action + "`");
    }

    @Test
    void omitsTheUserIfHearthDoesNotKnowIt() {
        log.record(new AuditEvent(Action.RunStarted, Optional.empty(), "ci", "hello-1", Outcome.Done, ""));

        assertThat(lines.getFirst()).doesNotContainKey("audit.user");
    }

    @Test
    void limitsTheLengthOfFields() {
        log.record(new AuditEvent(
                Action.ResultsRead, Optional.of("a".repeat(5000)), "ci", "hello-1", Outcome.Done, "b".repeat(5000)));

        assertThat(lines.getFirst().values()).allMatch(value -> value.length() <= 1024);
    }
}
