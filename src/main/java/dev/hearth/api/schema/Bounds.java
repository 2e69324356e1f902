package dev.hearth.api.schema;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRuleBuilder;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sets a bound for every field, so that the API server refuses values that Java cannot read and values that are too
 * large.
 *
 * <p>A number gets the range of its Java type. The generator reads annotations of type arguments only one level deep;
 * this class applies them at any depth. Annotations of a map's keys, which a schema cannot express, become a validation
 * rule. A field of a status without an annotation gets a wide limit, because only the operator writes it. A field of a
 * spec does not, because its limit is part of the API.
 */
final class Bounds {
    /** The limit of Kubernetes for the message of a condition. */
    private static final long STATUS_TEXT = 32_768;

    private static final long STATUS_ENTRIES = 4096;
    private static final long STATUS_KEY = 253;

    /** Larger JSON numbers are not exact, and a schema could not state a larger limit. */
    private static final double LARGEST_LONG = (1L << 53) - 1;

    private static final double LARGEST_DOUBLE = 1e15;

    private final boolean status;

    private Bounds(boolean status) {
        this.status = status;
    }

    /** Bounds the spec in the schema of a kind. */
    static void ofSpec(AnnotatedType type, JSONSchemaProps kind) {
        new Bounds(false).bind("spec", type, property(kind, "spec"));
    }

    /** Bounds the status in the schema of a kind. */
    static void ofStatus(AnnotatedType type, JSONSchemaProps kind) {
        new Bounds(true).bind("status", type, property(kind, "status"));
    }

    private void bind(String field, AnnotatedType type, JSONSchemaProps schema) {
        // The generator reads the rules of a record's component twice: from its field and from its accessor.
        Optional.ofNullable(schema.getXKubernetesValidations())
                .ifPresent(rules -> schema.setXKubernetesValidations(
                        rules.stream().distinct().toList()));
        var raw = raw(type);
        if (raw == Quantity.class) {
            quantity(schema);
        } else if (raw == List.class) {
            list(field, type, schema);
        } else if (raw == Map.class) {
            map(field, type, schema);
        } else if (raw.isRecord()) {
            for (RecordComponent component : raw.getRecordComponents()) {
                var name = name(component);
                bind(field + "." + name, component.getAnnotatedType(), property(schema, name));
            }
        } else if (raw == String.class) {
            text(type, schema);
        } else if (raw == Integer.class || raw == int.class) {
            range(field, schema, Integer.MIN_VALUE, Integer.MAX_VALUE);
        } else if (raw == Long.class || raw == long.class) {
            range(field, schema, -LARGEST_LONG, LARGEST_LONG);
        } else if (raw == Double.class || raw == double.class) {
            range(field, schema, -LARGEST_DOUBLE, LARGEST_DOUBLE);
        } else if (!raw.isEnum() && raw != Boolean.class && raw != boolean.class) {
            throw new IllegalStateException(
                    field + " has type " + raw.getName() + ", for which Bounds has no limit: add one");
        }
    }

    private void list(String field, AnnotatedType type, JSONSchemaProps schema) {
        size(type)
                .filter(size -> schema.getMinItems() == null && size.min() > 0)
                .ifPresent(size -> schema.setMinItems(size.min()));
        most(type, schema.getMaxItems(), STATUS_ENTRIES).ifPresent(schema::setMaxItems);
        bind(field + "[]", argument(type, 0), schema.getItems().getSchema());
    }

    private void map(String field, AnnotatedType type, JSONSchemaProps schema) {
        size(type)
                .filter(size -> schema.getMinProperties() == null && size.min() > 0)
                .ifPresent(size -> schema.setMinProperties(size.min()));
        most(type, schema.getMaxProperties(), STATUS_ENTRIES).ifPresent(schema::setMaxProperties);
        most(argument(type, 0), STATUS_KEY).ifPresent(longest -> keys(field, schema, longest));
        bind(field + "{}", argument(type, 1), schema.getAdditionalProperties().getSchema());
    }

    private static void keys(String field, JSONSchemaProps schema, long longest) {
        var rules = new ArrayList<ValidationRule>();
        rules.add(new ValidationRuleBuilder()
                .withRule("self.all(key, size(key) <= " + longest + ")")
                .withMessage("a key of " + field.substring(field.lastIndexOf('.') + 1) + " has more than " + longest
                        + " characters: make it shorter")
                .build());
        rules.addAll(Optional.ofNullable(schema.getXKubernetesValidations()).orElse(List.of()));
        schema.setXKubernetesValidations(rules);
    }

    private void text(AnnotatedType type, JSONSchemaProps schema) {
        size(type)
                .filter(size -> schema.getMinLength() == null && size.min() > 0)
                .ifPresent(size -> schema.setMinLength(size.min()));
        most(type, schema.getMaxLength(), STATUS_TEXT).ifPresent(schema::setMaxLength);
        if (schema.getPattern() == null) {
            Optional.ofNullable(type.getAnnotation(Pattern.class))
                    .map(Pattern::value)
                    .ifPresent(schema::setPattern);
        }
    }

    /** Allows the quantities that Kubernetes and the Java client read in the same way. */
    private static void quantity(JSONSchemaProps schema) {
        schema.setPattern("^([0-9]{1,15}(\\.[0-9]{1,9})?|\\.[0-9]{1,9})([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$");
        schema.setMaxLength(32L);
        schema.setMinimum(0.0);
        schema.setMaximum(LARGEST_LONG);
    }

    private static void range(String field, JSONSchemaProps schema, double least, double most) {
        schema.setMinimum(within(field, schema.getMinimum(), least, most).orElse(least));
        schema.setMaximum(within(field, schema.getMaximum(), least, most).orElse(most));
    }

    private static Optional<Double> within(String field, @Nullable Double limit, double least, double most) {
        if (limit != null && (limit < least || limit > most)) {
            throw new IllegalStateException(
                    "the limit " + limit + " of " + field + " is outside the range of its Java type");
        }
        return Optional.ofNullable(limit);
    }

    private Optional<Long> most(AnnotatedType type, @Nullable Long declared, long wide) {
        return Optional.ofNullable(declared).or(() -> most(type, wide));
    }

    private Optional<Long> most(AnnotatedType type, long wide) {
        return size(type)
                .map(Size::max)
                .filter(max -> max < Long.MAX_VALUE)
                .or(() -> status ? Optional.of(wide) : Optional.empty());
    }

    private static JSONSchemaProps property(JSONSchemaProps schema, String name) {
        return Objects.requireNonNull(schema.getProperties().get(name), name);
    }

    private static Optional<Size> size(AnnotatedType type) {
        return Optional.ofNullable(type.getAnnotation(Size.class));
    }

    private static AnnotatedType argument(AnnotatedType type, int at) {
        return ((AnnotatedParameterizedType) type).getAnnotatedActualTypeArguments()[at];
    }

    private static Class<?> raw(AnnotatedType type) {
        return (Class<?>) (type.getType() instanceof ParameterizedType generic ? generic.getRawType() : type.getType());
    }

    private static String name(RecordComponent component) {
        return Optional.ofNullable(component.getAccessor().getAnnotation(JsonProperty.class))
                .map(JsonProperty::value)
                .filter(name -> !name.isEmpty())
                .orElse(component.getName());
    }
}
