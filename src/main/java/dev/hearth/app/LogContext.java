package dev.hearth.app;

import io.quarkus.logging.LoggingFilter;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Puts the resource that a log line is about into one field, {@code resource}, in place of the dozen that the operator SDK adds.
 * Other fields of a line's context stay, such as those of the audit log.
 */
@LoggingFilter(name = "context")
public final class LogContext implements Filter {
    static final String RESOURCE = "resource";

    /** What the SDK's fields of the reconciled resource begin with, and those of the resource that an event is about. */
    private static final String RECONCILED = "resource.";

    private static final String EVENT = "eventsource.event.resource.";
    private static final String EVENT_SOURCE = "eventsource.";
    private static final String NO_NAMESPACE = "no namespace";

    @Override
    public boolean isLoggable(LogRecord line) {
        if (line instanceof ExtLogRecord record) {
            record.setMdc(shortened(record.getMdcCopy()));
        }
        return true;
    }

    static Map<String, String> shortened(Map<String, String> context) {
        var rest = new TreeMap<>(context);
        rest.keySet().removeIf(key -> key.startsWith(RECONCILED) || key.startsWith(EVENT_SOURCE));
        var resource = Objects.requireNonNullElse(resource(context, RECONCILED), "");
        var event = Objects.requireNonNullElse(resource(context, EVENT), "");
        var named = resource.isEmpty() ? event : resource;
        if (!named.isEmpty()) {
            rest.put(RESOURCE, named);
        }
        return rest;
    }

    private static @Nullable String resource(Map<String, String> context, String prefix) {
        var name = context.get(prefix + "name");
        if (name == null) {
            return null;
        }
        var kind = context.get(prefix + "kind");
        var namespace = context.get(prefix + "namespace");
        return (kind == null ? "" : kind + " ")
                + (namespace == null || namespace.equals(NO_NAMESPACE) ? "" : namespace + "/")
                + name;
    }
}
