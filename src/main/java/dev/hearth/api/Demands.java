package dev.hearth.api;

import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the code relies on in an object that it has read: fields that are there, and texts that match their pattern. */
final class Demands {
    private static final int LONGEST_VALUE = 64;

    /** No field with a pattern takes more: a longer text is not matched at all. */
    private static final int LONGEST_MATCHED = 1024;

    private static final Map<String, java.util.regex.Pattern> PATTERNS = new ConcurrentHashMap<>();

    private Demands() {}

    /** Whether a record lacks a field that it must have; nothing is said of what is inside its fields. */
    static boolean isIncomplete(Object read) {
        return read instanceof Record && components(read).anyMatch(component -> isMissing(component, read));
    }

    /** Adds a sentence for each field that is not as the code relies on. */
    static void unmet(String path, @Nullable Object read, List<String> problems) {
        switch (read) {
            case Record part -> components(part).forEach(component -> unmet(path, component, part, problems));
            case List<?> list -> {
                for (int at = 0; at < list.size(); at++) {
                    unmet(path + "[" + at + "]", list.get(at), problems);
                }
            }
            case Map<?, ?> map -> map.forEach((key, value) -> unmet(path + "." + key, value, problems));
            case null, default -> {}
        }
    }

    /** A sentence on a value. */
    static String wrong(String field, String value) {
        return field + " cannot be read: "
                + (value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE) + "…");
    }

    private static void unmet(String path, RecordComponent component, Object read, List<String> problems) {
        var field = path + "." + component.getName();
        var value = value(component, read);
        if (isMissing(component, read)) {
            problems.add(field + " is missing");
        } else if (value instanceof String text && !matches(component, text)) {
            problems.add(wrong(field, '"' + text + '"'));
        } else {
            unmet(field, value, problems);
        }
    }

    private static boolean isMissing(RecordComponent component, Object read) {
        return component.getAccessor().isAnnotationPresent(Required.class) && value(component, read) == null;
    }

    private static boolean matches(RecordComponent component, String text) {
        var pattern = component.getAccessor().getAnnotation(Pattern.class);
        return pattern == null
                || (text.length() <= LONGEST_MATCHED
                        && PATTERNS.computeIfAbsent(pattern.value(), java.util.regex.Pattern::compile)
                                .matcher(text)
                                .find());
    }

    private static Stream<RecordComponent> components(Object read) {
        return Stream.of(read.getClass().getRecordComponents());
    }

    private static @Nullable Object value(RecordComponent component, Object read) {
        try {
            return component.getAccessor().invoke(read);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " of a public record cannot be read", e);
        }
    }
}
