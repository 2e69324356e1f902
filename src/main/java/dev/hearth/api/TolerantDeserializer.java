package dev.hearth.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.ClassUtil;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.CustomResource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses an object as far as possible. The client ends a watch when it cannot parse one object, and lists the same
 * object again after a restart: without this class one object of an older schema would stop the operator for all
 * tenants.
 */
final class TolerantDeserializer extends JsonDeserializer<HearthResource<?, ?>> implements ContextualDeserializer {
    /** If more values of a part cannot be read, the whole part is omitted. */
    private static final int MOST_VALUES = 50;

    private static final int NAMED = 5;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final @Nullable JavaType type;

    TolerantDeserializer() {
        this.type = null;
    }

    private TolerantDeserializer(@Nullable JavaType type) {
        this.type = type;
    }

    @Override
    public JsonDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property) {
        return new TolerantDeserializer(context.getContextualType());
    }

    @Override
    public HearthResource<?, ?> deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        if (type == null) {
            throw new IllegalStateException("the kind of the object is not known");
        }
        var kind = (HearthResource<?, ?>) ClassUtil.createInstance(type.getRawClass(), true);
        fill(kind, type, context.readTree(parser), context);
        return kind;
    }

    private static <S, T extends HearthStatus> void fill(
            HearthResource<S, T> kind, JavaType type, JsonNode tree, DeserializationContext context)
            throws IOException {
        var parts = type.findTypeParameters(CustomResource.class);
        var problems = new ArrayList<String>();
        if (tree.path(HearthResource.UNREADABLE).isTextual()) {
            problems.add(tree.path(HearthResource.UNREADABLE).textValue());
        }
        ObjectMeta metadata =
                part("metadata", tree, context.constructType(ObjectMeta.class), context, new ArrayList<>());
        kind.setMetadata(metadata == null ? new ObjectMeta() : metadata);
        S spec = part("spec", tree, parts[0], context, problems);
        if (spec == null && problems.isEmpty()) {
            problems.add("spec is missing");
        }
        if (spec == null || RequiredFields.isIncomplete(spec)) {
            kind.setSpec(context.readTreeAsValue(JSON.readTree(kind.emptySpec()), parts[0]));
        } else {
            kind.setSpec(spec);
        }
        T status = part("status", tree, parts[1], context, problems);
        if (status != null) {
            kind.setStatus(status);
        }
        if (problems.isEmpty()) {
            RequiredFields.unmet("spec", spec, problems);
            RequiredFields.unmet("status", status, problems);
        }
        if (!problems.isEmpty()) {
            kind.setUnreadable(text(problems));
        }
    }

    private static String text(List<String> problems) {
        var named = String.join("; ", problems.subList(0, Math.min(NAMED, problems.size())));
        return problems.size() > NAMED ? named + "; and " + (problems.size() - NAMED) + " more" : named;
    }

    /** Returns a part of the object without unreadable values. Null if it is missing or entirely unreadable. */
    @SuppressWarnings("TypeParameterUnusedInFormals") // the JavaType is that parameter
    private static <V> @Nullable V part(
            String name, JsonNode tree, JavaType type, DeserializationContext context, List<String> problems) {
        var node = tree.get(name);
        if (node == null || node.isNull()) {
            return null;
        }
        for (int tries = 0; tries < MOST_VALUES; tries++) {
            try {
                return context.readTreeAsValue(node, type);
            } catch (IOException e) {
                var path = e instanceof JsonMappingException mapping
                        ? mapping.getPath()
                        : List.<JsonMappingException.Reference>of();
                problems.add(problem(name, node, path));
                if (!remove(node, path)) {
                    return null;
                }
            }
        }
        return null;
    }

    private static String problem(String part, JsonNode root, List<JsonMappingException.Reference> path) {
        var field = new StringBuilder(part);
        JsonNode value = root;
        for (JsonMappingException.Reference step : path) {
            if (step.getFieldName() == null) {
                field.append('[').append(step.getIndex()).append(']');
            } else {
                field.append('.').append(step.getFieldName());
            }
            value = child(value, step);
        }
        return RequiredFields.wrong(field.toString(), value.toString());
    }

    private static boolean remove(JsonNode root, List<JsonMappingException.Reference> path) {
        if (path.isEmpty()) {
            return false;
        }
        JsonNode parent = root;
        for (JsonMappingException.Reference step : path.subList(0, path.size() - 1)) {
            parent = child(parent, step);
        }
        var last = path.getLast();
        return switch (parent) {
            case ObjectNode object -> object.remove(last.getFieldName()) != null;
            case ArrayNode array -> array.remove(last.getIndex()) != null;
            default -> false;
        };
    }

    private static JsonNode child(JsonNode parent, JsonMappingException.Reference step) {
        return step.getFieldName() == null ? parent.path(step.getIndex()) : parent.path(step.getFieldName());
    }
}
