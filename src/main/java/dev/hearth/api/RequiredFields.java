package dev.hearth.api;

import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks what the code relies on in a parsed object: required fields exist, and texts match their pattern. */
final class RequiredFields {
    private static final int LONGEST_VALUE = 64;

    /** No field with a pattern may be longer. A longer text is refused without matching, which would take long. */
    private static final int LONGEST_MATCHED = 1024;

    /** Cached for each class, because objects are parsed very often. */
    private static final ClassValue<List<Field>> FIELDS = new ClassValue<>() {
        @Override
        protected List<Field> computeValue(Class<?> type) {
            return Stream.of(type.getRecordComponents()).map(Field::new).toList();
        }
    };

    private RequiredFields() {}

    /** A field of a record, with the requirements for its values. */
    private static final class Field {
        private final String name;
        private final Method accessor;
        private final boolean required;
        private final java.util.regex.@Nullable Pattern pattern;

        Field(RecordComponent component) {
            name = component.getName();
            accessor = component.getAccessor();
            required = accessor.isAnnotationPresent(Required.class);
            var written = accessor.getAnnotation(Pattern.class);
            pattern = written == null ? null : compile(written.value());
        }

        /** Replaces a final $, which in Java also matches before a line break at the end, unlike in the API server. */
        private static java.util.regex.Pattern compile(String written) {
            return java.util.regex.Pattern.compile(
                    written.endsWith("$") ? written.substring(0, written.length() - 1) + "\\z" : written);
        }

        @Nullable
        Object value(Object read) {
            try {
                return accessor.invoke(read);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(accessor + " of a public record cannot be read", e);
            }
        }

        boolean isMissing(@Nullable Object value) {
            return required && value == null;
        }

        boolean matches(String text) {
            return pattern == null
                    || (text.length() <= LONGEST_MATCHED
                            && pattern.matcher(text).find());
        }
    }

    /** Returns whether a record lacks a required field. Does not look into the values of its fields. */
    static boolean isIncomplete(Object read) {
        return read instanceof Record && fields(read).anyMatch(field -> field.isMissing(field.value(read)));
    }

    /** Adds a message for each field that does not meet its requirements. */
    static void unmet(String path, @Nullable Object read, List<String> problems) {
        switch (read) {
            case Record part -> fields(part).forEach(field -> unmet(path, field, field.value(part), problems));
            case List<?> list -> {
                for (int at = 0; at < list.size(); at++) {
                    unmet(path + "[" + at + "]", list.get(at), problems);
                }
            }
            case Map<?, ?> map -> map.forEach((key, value) -> unmet(path + "." + key, value, problems));
            case null, default -> {}
        }
    }

    /** Returns the message for a value that cannot be read. */
    static String wrong(String field, String value) {
        return field + " cannot be read: " + abbreviate(value);
    }

    /** Like Text.abbreviate of core, on which this package does not depend. */
    private static String abbreviate(String value) {
        if (value.length() <= LONGEST_VALUE) {
            return value;
        }
        var splitsPair = Character.isHighSurrogate(value.charAt(LONGEST_VALUE - 1));
        return value.substring(0, splitsPair ? LONGEST_VALUE - 1 : LONGEST_VALUE) + "…";
    }

    private static void unmet(String path, Field field, @Nullable Object value, List<String> problems) {
        var inside = path + "." + field.name;
        if (field.isMissing(value)) {
            problems.add(inside + " is missing");
        } else if (value instanceof String text && !field.matches(text)) {
            problems.add(wrong(inside, '"' + text + '"'));
        } else {
            unmet(inside, value, problems);
        }
    }

    private static Stream<Field> fields(Object read) {
        return FIELDS.get(read.getClass()).stream();
    }
}
