package dev.hearth.audit;

import dev.hearth.core.text.Text;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/** Writes {@link AuditEvent}s to the log category hearth.audit, each as a line of JSON with the same fields. */
@ApplicationScoped
public class AuditLog {
    private static final Logger LOG = Logger.getLogger("hearth.audit");
    private static final int LONGEST = 1024;

    private final BiConsumer<String, Map<String, String>> lines;

    public AuditLog() {
        this(AuditLog::write);
    }

    /** @param lines receives the message and the fields of each line */
    public AuditLog(BiConsumer<String, Map<String, String>> lines) {
        this.lines = lines;
    }

    /** Writes an event. */
    public void record(AuditEvent event) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("audit.action", event.action().name());
        event.user().ifPresent(user -> fields.put("audit.user", Text.abbreviate(user, LONGEST)));
        fields.put("audit.namespace", event.namespace());
        fields.put("audit.kind", event.action().kind());
        fields.put("audit.name", event.name());
        fields.put("audit.outcome", event.outcome().name());
        fields.put("audit.detail", Text.abbreviate(event.detail(), LONGEST));
        var who = event.user()
                .map(user -> " by " + Text.abbreviate(user, LONGEST))
                .orElse("");
        lines.accept(event.action() + " " + event.namespace() + "/" + event.name() + who, fields);
    }

    /** Passes the fields to the JSON formatter in the context of the thread, which is cleared after this line. */
    private static void write(String message, Map<String, String> fields) {
        fields.forEach(MDC::put);
        try {
            LOG.info(message);
        } finally {
            fields.keySet().forEach(MDC::remove);
        }
    }
}
