package dev.hearth.core.text;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that a value takes as JSON in the API server's storage, or a few more: what a text takes depends on its script and
 * on what is escaped.
 */
public final class JsonSize {
    /** Quotes, colon and comma. */
    private static final int FIELD = 4;

    /** Read once of each class: statuses are measured all the time. */
    private static final ClassValue<List<Method>> FIELDS = new ClassValue<>() {
        @Override
        protected List<Method> computeValue(Class<?> type) {
            return Stream.of(type.getRecordComponents())
                    .map(RecordComponent::getAccessor)
                    .toList();
        }
    };

    private JsonSize() {}

    /** Of a record, a collection, a map, or a value whose text is what is written. */
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
        return value == null ? 0 : FIELD + text(name) + of(value);
    }

    private static @Nullable Object read(Method field, Object of) {
        try {
            return field.invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(field + " of a public record cannot be read", e);
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
        // Half of a character beyond the first 65536 takes two bytes, which three are enough for.
        return c < 0x800 ? 2 : 3;
    }
}
