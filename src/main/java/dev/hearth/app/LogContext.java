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
 * Replaces the dozen fields of the operator SDK about a log line's resource by one field, {@code resource}. Other fields, such
 * as those of the audit log, are kept.
 */
@LoggingFilter(name = "context")
public final class LogContext implements Filter {
    static final String RESOURCE = "resource";

    /** Prefixes of the SDK's fields about the reconciled resource, and about the resource of an event. */
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
