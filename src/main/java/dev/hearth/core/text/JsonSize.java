package dev.hearth.core.text;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Estimates the bytes that a value takes as JSON in the API server's storage. The result is never too small. */
public final class JsonSize {
    /** Quotes, colon and comma. */
    private static final int FIELD = 4;

    /** Accessors by record type. They are looked up once, since statuses are measured often. */
    private static final ClassValue<List<Method>> FIELDS = new ClassValue<>() {
        @Override
        protected List<Method> computeValue(Class<?> type) {
            return Stream.of(type.getRecordComponents())
                    .map(RecordComponent::getAccessor)
                    .toList();
        }
    };

    private JsonSize() {}

    /** Returns the bytes of a record, a collection, a map, or a value that is written as its text. */
    public static long of(@Nullable Object value) {
        return switch (value) {
            case null -> 0;
            case Record part ->
                2
                        + FIELDS.get(part.getClass()).stream()
                                .mapToLong(field -> field(field.getName(), read(field, part)))
                                .sum();
            case Collection<?> list ->
                2 + list.stream().mapToLong(each -> of(each) + 1).sum();
            case Map<?, ?> map ->
                2
                        + map.entrySet().stream()
                                .mapToLong(entry -> field(String.valueOf(entry.getKey()), entry.getValue()))
                                .sum();
            default -> text(value.toString());
        };
    }

    private static long field(String name, @Nullable Object value) {
        return value == null || isEmpty(value) ? 0 : FIELD + text(name) + of(value);
    }

    /** Lists and maps of statuses are left out if they are empty. */
    private static boolean isEmpty(Object value) {
        return switch (value) {
            case Collection<?> list -> list.isEmpty();
            case Map<?, ?> map -> map.isEmpty();
            default -> false;
        };
    }

    private static @Nullable Object read(Method field, Object of) {
        try {
            return field.invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("reading " + field + " of a public record failed", e);
        }
    }

    private static long text(String text) {
        return 2 + text.chars().mapToLong(JsonSize::character).sum();
    }

    private static long character(int c) {
        if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029') {
            return 6; // as Go's encoder escapes them
        }
        if (c < 0x80) {
            return c == '"' || c == '\\' ? 2 : 1;
        }
        // A surrogate takes two bytes, less than the three that are counted.
        return c < 0x800 ? 2 : 3;
    }
}
