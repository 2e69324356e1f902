package dev.hearth.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.schema.HearthSchema;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every field of every kind has a bound, so that the API server refuses values that the operator cannot read or hold. */
class SchemaBoundsTest {
    @Test
    void everyFieldIsBounded() {
        var unbounded = definitions().entrySet().stream()
                .flatMap(kind -> unbounded(kind.getKey(), kind.getValue()))
                .toList();

        assertThat(unbounded)
                .as(
                        "fields that need @Size, @Min and @Max, or a bounded type argument such as List<@Size(max = 64) String>")
                .isEmpty();
    }

    /** The code parses all times. The name or the description of a field shows that it is one. */
    @Test
    void everyTimeHasThePatternOfTimes() {
        var times = definitions().entrySet().stream()
                .flatMap(kind -> times(kind.getKey(), kind.getValue()))
                .toList();

        assertThat(times).as("fields that hold times").hasSizeGreaterThan(15).allSatisfy(time -> {
            assertThat(time.schema().getPattern()).as(time.path()).isEqualTo(SchemaPatterns.TIME);
            assertThat(time.schema().getMaxLength()).as(time.path()).isEqualTo(SchemaPatterns.TIME_LENGTH);
        });
    }

    private record Field(String path, JSONSchemaProps schema) {
        boolean isTime() {
            var name = path.substring(path.lastIndexOf('.') + 1);
            return "string".equals(schema.getType())
                    && (schema.getEnum() == null || schema.getEnum().isEmpty())
                    && (name.matches("at|since|until|.*(At|Since|Until|Time|Timestamp|Used)")
                            || String.valueOf(schema.getDescription()).matches("(?s)(When|Since when|Until when) .*"));
        }
    }

    private static Stream<Field> times(String path, JSONSchemaProps schema) {
        return Stream.of(
                        Stream.of(new Field(path, schema)).filter(Field::isTime),
                        Optional.ofNullable(schema.getItems()).stream()
                                .flatMap(items -> times(path + "[]", items.getSchema())),
                        Optional.ofNullable(schema.getAdditionalProperties()).stream()
                                .flatMap(values -> times(path + "{}", values.getSchema())),
                        Optional.ofNullable(schema.getProperties()).orElse(Map.of()).entrySet().stream()
                                .flatMap(property -> times(path + "." + property.getKey(), property.getValue())))
                .flatMap(each -> each);
    }

    /** Returns the schema of each kind by its plural name, as the build generates it. */
    static Map<String, JSONSchemaProps> definitions() {
        var files = new ArrayList<ByteArrayOutputStream>();
        new CRDGenerator()
                .customResourceClasses(HearthSchema.KINDS)
                .withPostProcessor(new HearthSchema())
                .withOutput(new CRDGenerator.AbstractCRDOutput<ByteArrayOutputStream>() {
                    @Override
                    protected ByteArrayOutputStream createStreamFor(String name) {
                        files.add(new ByteArrayOutputStream());
                        return files.getLast();
                    }
                })
                .generate();
        var definitions = new TreeMap<String, JSONSchemaProps>();
        for (ByteArrayOutputStream file : files) {
            var definition =
                    Serialization.unmarshal(file.toString(StandardCharsets.UTF_8), CustomResourceDefinition.class);
            definitions.put(
                    definition.getSpec().getNames().getPlural(),
                    definition.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema());
        }
        return definitions;
    }

    private static Stream<String> unbounded(String path, JSONSchemaProps schema) {
        if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
            return Stream.of(text(path, schema), number(path, schema)).flatMap(each -> each);
        }
        return switch (String.valueOf(schema.getType())) {
            case "object" -> object(path, schema);
            case "array" ->
                Stream.concat(
                        missing(schema.getMaxItems(), path + ": maxItems"),
                        unbounded(path + "[]", schema.getItems().getSchema()));
            case "string" -> text(path, schema);
            case "integer", "number" -> number(path, schema);
            case "boolean" -> Stream.empty();
            default -> Stream.of(path + ": type");
        };
    }

    private static Stream<String> object(String path, JSONSchemaProps schema) {
        if (Boolean.TRUE.equals(schema.getXKubernetesPreserveUnknownFields())) {
            return Stream.of(path + ": unknown fields");
        }
        if (schema.getAdditionalProperties() != null) {
            var keys = schema.getXKubernetesValidations() != null
                            && schema.getXKubernetesValidations().stream()
                                    .anyMatch(rule -> rule.getRule().startsWith("self.all(key, size(key) <= "))
                    ? Stream.<String>empty()
                    : Stream.of(path + ": length of keys");
            return Stream.of(
                            keys,
                            missing(schema.getMaxProperties(), path + ": maxProperties"),
                            unbounded(
                                    path + "{}",
                                    schema.getAdditionalProperties().getSchema()))
                    .flatMap(each -> each);
        }
        var properties = schema.getProperties();
        return properties == null || properties.isEmpty()
                ? Stream.of(path + ": properties")
                : properties.entrySet().stream()
                        .flatMap(property -> unbounded(path + "." + property.getKey(), property.getValue()));
    }

    private static Stream<String> text(String path, JSONSchemaProps schema) {
        return schema.getEnum() != null && !schema.getEnum().isEmpty()
                ? Stream.empty()
                : missing(schema.getMaxLength(), path + ": maxLength");
    }

    private static Stream<String> number(String path, JSONSchemaProps schema) {
        return Stream.concat(
                missing(schema.getMinimum(), path + ": minimum"), missing(schema.getMaximum(), path + ": maximum"));
    }

    private static Stream<String> missing(Object bound, String what) {
        return bound == null ? Stream.of(what) : Stream.empty();
    }
}
