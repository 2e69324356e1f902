package dev.hearth.reference;

import static dev.hearth.reference.GeneratedPage.code;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class CrdsPageTest {
    private static final List<String> KINDS = List.of("pipelines", "pipelineruns", "cachescopes", "cachepolicies");
    private static final List<String> COLUMNS = List.of("field", "type", "default", "description");

    @Test
    void pageHasEveryFieldOfTheDefinitions() throws IOException {
        var page = new GeneratedPage(
                "Fields of the custom resources",
                "Group and version are `hearth.dev/v1alpha1`. A field in **bold** is required. `[]` is an entry of a list, `*` a value"
                        + " of a map. Fields of the status are written by Hearth alone.",
                "crds/");
        for (String kind : KINDS) {
            describe(page, read(Path.of("crds", kind + ".hearth.dev-v1.yml")));
        }
        page.check(Path.of("docs/reference/crds.md"));
    }

    private static void describe(GeneratedPage page, JsonNode definition) {
        var names = definition.at("/spec/names");
        var version = definition.at("/spec/versions/0");
        var schema = version.at("/schema/openAPIV3Schema/properties");
        page.heading(2, names.path("kind").asText());
        page.paragraph("Short name " + code(names.at("/shortNames/0").asText()) + ", "
                + definition.at("/spec/scope").asText().toLowerCase(java.util.Locale.ROOT)
                + ". Columns of `kubectl get`: "
                + stream(version.path("additionalPrinterColumns"))
                        .map(column -> column.path("name").asText())
                        .collect(Collectors.joining(", "))
                + ".");
        for (String part : List.of("spec", "status")) {
            var rows = new ArrayList<List<String>>();
            collect(rows, part, schema.path(part));
            page.heading(3, names.path("kind").asText() + " " + part);
            page.table(COLUMNS, rows);
            var rules = new ArrayList<List<String>>();
            rules(rules, part, schema.path(part));
            if (!rules.isEmpty()) {
                page.paragraph("What is refused:");
                page.table(List.of("field", "message"), rules);
            }
        }
    }

    private static void collect(List<List<String>> rows, String path, JsonNode schema) {
        var required = stream(schema.path("required")).map(JsonNode::asText).toList();
        schema.path("properties").properties().forEach(entry -> {
            var name = path + "." + entry.getKey();
            var field = entry.getValue();
            var shown = code(name);
            rows.add(List.of(
                    required.contains(entry.getKey()) ? "**" + shown + "**" : shown,
                    type(field),
                    code(field.has("default") ? field.path("default").toString() : ""),
                    field.path("description").asText()));
            collect(rows, name, field);
        });
        if (schema.has("items")) {
            collect(rows, path + "[]", schema.path("items"));
        }
        if (schema.path("additionalProperties").isObject()) {
            collect(rows, path + ".*", schema.path("additionalProperties"));
        }
    }

    private static void rules(List<List<String>> rows, String path, JsonNode schema) {
        stream(schema.path("x-kubernetes-validations"))
                .forEach(rule ->
                        rows.add(List.of(code(path), rule.path("message").asText())));
        schema.path("properties")
                .properties()
                .forEach(entry -> rules(rows, path + "." + entry.getKey(), entry.getValue()));
        rules(rows, path, schema, "items", "[]");
        rules(rows, path, schema, "additionalProperties", ".*");
    }

    private static void rules(List<List<String>> rows, String path, JsonNode schema, String part, String suffix) {
        if (schema.path(part).isObject()) {
            rules(rows, path + suffix, schema.path(part));
        }
    }

    private static String type(JsonNode field) {
        var values = stream(field.path("enum")).map(JsonNode::asText).toList();
        if (!values.isEmpty()) {
            return values.stream().map(GeneratedPage::code).collect(Collectors.joining(", "));
        }
        if (field.path("x-kubernetes-int-or-string").asBoolean()) {
            return "quantity";
        }
        return switch (field.path("type").asText()) {
            case "array" -> "list of " + type(field.path("items"));
            case "object" -> field.path("additionalProperties") instanceof MissingNode ? "object" : "map";
            case String simple -> simple;
        };
    }

    private static java.util.stream.Stream<JsonNode> stream(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    private static JsonNode read(Path file) throws IOException {
        return Serialization.unmarshal(Files.readString(file), JsonNode.class);
    }
}
