package dev.hearth.definition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.text.PlainText;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.constructor.StandardConstructor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * A YAML document of a file that anybody may have written, with the lines of its values. It has plain data only: no anchors,
 * aliases, tags, keys that are no text, or nulls in lists, and no key twice.
 */
final class YamlDocument {
    private static final int DEEPEST = 32;
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setSchema(new CoreSchema())
            .setAllowDuplicateKeys(false)
            .setAllowRecursiveKeys(false)
            .setAllowNonScalarKeys(true) // refused below, with their line
            .setUseMarks(true)
            .setCodePointLimit(DefinitionFile.MOST_BYTES)
            .build();

    private final Node root;
    private final JsonNode json;

    private YamlDocument(Node root, JsonNode json) {
        this.root = root;
        this.json = json;
    }

    static YamlDocument parse(ByteBuffer content) throws InvalidDefinition {
        var text = decode(content);
        try {
            checkEvents(text);
            var root = new Compose(SETTINGS)
                    .composeString(text)
                    .orElseThrow(() -> new InvalidDefinition(null, "the file is empty"));
            checkValues(root);
            var value = new StandardConstructor(SETTINGS).constructSingleDocument(Optional.of(root));
            return new YamlDocument(root, JSON.valueToTree(value));
        } catch (MarkedYamlEngineException e) {
            throw new InvalidDefinition(
                    line(e.getProblemMark().or(e::getContextMark).orElse(null)),
                    "the file is no valid YAML: " + PlainText.line(e.getProblem()));
        } catch (YamlEngineException e) {
            throw new InvalidDefinition(
                    null, "the file is no valid YAML: " + PlainText.line(String.valueOf(e.getMessage())));
        }
    }

    private static String decode(ByteBuffer content) throws InvalidDefinition {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(content).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidDefinition(null, "the file is no valid UTF-8: save it with this encoding");
        }
    }

    /** Refuses what a small file can grow with, before anything is built from it. The parser of events does not recurse. */
    private static void checkEvents(String text) throws InvalidDefinition {
        var depth = 0;
        var documents = 0;
        for (Event event : new Parse(SETTINGS).parseString(text)) {
            if (event instanceof DocumentStartEvent && ++documents > 1) {
                throw at(event, "the file has a second YAML document: write one");
            }
            if (event instanceof AliasEvent
                    || (event instanceof NodeEvent node && node.getAnchor().isPresent())) {
                throw at(event, "anchors and aliases are not allowed: repeat the value");
            }
            if (isTagged(event)) {
                throw at(event, "tags such as !!str are not allowed: remove the tag, and write a text in quotes");
            }
            if (event instanceof CollectionStartEvent && ++depth > DEEPEST) {
                throw at(event, "values are nested more than " + DEEPEST + " levels deep");
            }
            if (event instanceof CollectionEndEvent) {
                depth--;
            }
        }
    }

    private static boolean isTagged(Event event) {
        return switch (event) {
            case ScalarEvent scalar -> scalar.getTag().isPresent();
            case CollectionStartEvent collection -> collection.getTag().isPresent();
            default -> false;
        };
    }

    private static InvalidDefinition at(Event event, String message) {
        return new InvalidDefinition(line(event.getStartMark().orElse(null)), message);
    }

    private static void checkValues(Node node) throws InvalidDefinition {
        switch (node) {
            case MappingNode mapping -> {
                for (NodeTuple tuple : mapping.getValue()) {
                    if (!(tuple.getKeyNode() instanceof ScalarNode key)
                            || !key.getTag().equals(Tag.STR)) {
                        throw new InvalidDefinition(
                                line(tuple.getKeyNode().getStartMark().orElse(null)),
                                "a key is no text: write it in quotes");
                    }
                    checkText(key);
                    checkValues(tuple.getValueNode());
                }
            }
            case SequenceNode sequence -> {
                for (Node item : sequence.getValue()) {
                    if (item.getTag().equals(Tag.NULL)) {
                        throw new InvalidDefinition(
                                line(item.getStartMark().orElse(null)),
                                "an entry of a list has no value: write one, or remove the entry");
                    }
                    checkValues(item);
                }
            }
            case ScalarNode scalar -> checkText(scalar);
            default -> {}
        }
    }

    /** An escape can name half a character, which is lost on the way to the API server. */
    private static void checkText(ScalarNode scalar) throws InvalidDefinition {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(scalar.getValue())) {
            throw new InvalidDefinition(
                    line(scalar.getStartMark().orElse(null)),
                    "a text has half a character, such as \"\\uD800\": write the character itself");
        }
    }

    JsonNode json() {
        return json;
    }

    /**
     * Returns the line of a field, from 1, or of the innermost part of it that the document has.
     *
     * @param field as the API server names it: {@code spec.tasks[0].env[A]} or {@code spec.tasks[0].env.A}
     */
    int line(String field) {
        var place = root;
        var node = root;
        var rest = field;
        while (!rest.isEmpty()) {
            var step = step(node, rest);
            if (step.isEmpty()) {
                break;
            }
            place = step.get().place();
            node = step.get().value();
            rest = step.get().rest();
        }
        return line(place.getStartMark().orElse(null));
    }

    /**
     * A part of a field that was found.
     *
     * @param place where it begins: the key of an entry
     * @param rest of the field
     */
    private record Step(Node place, Node value, String rest) {}

    private static Optional<Step> step(Node node, String field) {
        if (!field.startsWith("[")) {
            var dotted = field.startsWith(".") ? field.substring(1) : field;
            return node instanceof MappingNode mapping ? longest(mapping, dotted) : Optional.empty();
        }
        var end = field.indexOf(']');
        if (end < 0) {
            return Optional.empty();
        }
        var name = field.substring(1, end);
        var rest = field.substring(end + 1);
        return switch (node) {
            case MappingNode mapping ->
                mapping.getValue().stream()
                        .filter(tuple -> key(tuple).equals(name))
                        .findFirst()
                        .map(tuple -> new Step(tuple.getKeyNode(), tuple.getValueNode(), rest));
            case SequenceNode sequence -> item(sequence, name).map(item -> new Step(item, item, rest));
            default -> Optional.empty();
        };
    }

    private static Optional<Node> item(SequenceNode sequence, String index) {
        try {
            var at = Integer.parseInt(index);
            return at >= 0 && at < sequence.getValue().size()
                    ? Optional.of(sequence.getValue().get(at))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** A key may have dots itself. */
    private static Optional<Step> longest(MappingNode mapping, String field) {
        return mapping.getValue().stream()
                .filter(tuple -> begins(field, key(tuple)))
                .max(Comparator.comparingInt(tuple -> key(tuple).length()))
                .map(tuple -> new Step(
                        tuple.getKeyNode(),
                        tuple.getValueNode(),
                        field.substring(key(tuple).length())));
    }

    private static boolean begins(String field, String key) {
        return !key.isEmpty()
                && field.startsWith(key)
                && (field.length() == key.length()
                        || field.charAt(key.length()) == '.'
                        || field.charAt(key.length()) == '[');
    }

    private static String key(NodeTuple tuple) {
        return tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
    }

    private static int line(@Nullable Mark mark) {
        return mark == null ? 1 : mark.getLine() + 1;
    }
}
