package dev.hearth.definition;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineSpec;
import dev.hearth.core.text.PlainText;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * A definition: a file of a repository with the builds and tasks of a pipeline. It has a fixed set of fields, each with the
 * schema of the same field of a Pipeline. Whether their values are valid is for the API server to say.
 */
public final class DefinitionFile {
    /** Size of the largest file, in bytes. */
    public static final int MOST_BYTES = 256 << 10;

    public static final String KIND = "PipelineDefinition";
    private static final String API_VERSION = Pipeline.GROUP + "/" + Pipeline.VERSION;
    private static final int MOST_BUILDS = 32;

    /** In code points, as the API server counts. */
    private static final int LONGEST_PATH = 256;

    private static final Set<String> TOP = Set.of("apiVersion", "kind", "spec");
    private static final String CACHE = "cache";
    private static final String RECIPE = "recipe";

    /** The fields of a Pipeline's spec that a definition may have, besides the recipe of its caches. */
    private static final Set<String> FIELDS =
            Set.of("builds", "tasks", "timeout", "pendingTimeout", "infrastructureRetries", CACHE);

    /** Their paths, and what is below them. */
    private static final Pattern OWN = Pattern.compile(
            "spec\\.(builds|tasks|timeout|pendingTimeout|infrastructureRetries|cache\\.recipe)(?![A-Za-z0-9_])");

    private static final ObjectMapper JSON = new ObjectMapper()
            .setDefaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL));

    /**
     * The Dockerfile of a build.
     *
     * @param context directory of the repository
     * @param path in the context
     */
    public record Dockerfile(String context, String path) {}

    private final YamlDocument document;
    private final ObjectNode spec;

    private DefinitionFile(YamlDocument document, ObjectNode spec) {
        this.document = document;
        this.spec = spec;
    }

    /** Reads a file. Throws if it is no definition, or has a field that belongs to the Pipeline. */
    public static DefinitionFile parse(ByteBuffer content) throws InvalidDefinition {
        if (content.remaining() > MOST_BYTES) {
            throw tooLarge();
        }
        var document = YamlDocument.parse(content);
        var root = document.json();
        require(document, "apiVersion", API_VERSION);
        require(document, "kind", KIND);
        for (var entry : root.properties()) {
            if (!TOP.contains(entry.getKey())) {
                throw mistake(
                        document, entry.getKey(), "a definition has apiVersion, kind and spec only: remove this field");
            }
        }
        if (!(root.get("spec") instanceof ObjectNode spec)) {
            throw mistake(document, "spec", "the field must have the builds and tasks of the pipeline");
        }
        for (var entry : spec.properties()) {
            if (!FIELDS.contains(entry.getKey())) {
                throw foreign(document, "spec." + entry.getKey());
            }
        }
        checkCache(document, spec.path(CACHE));
        if (isEmpty(spec.path("builds")) && isEmpty(spec.path("tasks"))) {
            throw mistake(document, "spec", "the file has nothing to do: list at least one entry in builds or tasks");
        }
        return new DefinitionFile(document, spec);
    }

    /** Everything else that is no list is for the API server to refuse. */
    private static boolean isEmpty(JsonNode list) {
        return list.isMissingNode() || list.isNull() || (list.isArray() && list.isEmpty());
    }

    private static void checkCache(YamlDocument document, JsonNode cache) throws InvalidDefinition {
        if (!cache.isObject() && !cache.isNull() && !cache.isMissingNode()) {
            throw mistake(document, "spec.cache", "write a mapping with the field recipe");
        }
        for (var entry : cache.properties()) {
            if (!entry.getKey().equals(RECIPE)) {
                throw foreign(document, "spec.cache." + entry.getKey());
            }
        }
    }

    /** Returns the mistake of a file that is too large to be read. */
    public static InvalidDefinition tooLarge() {
        return new InvalidDefinition(
                null,
                "the file has more than " + MOST_BYTES / 1024 + " KiB: move long scripts into files of their own");
    }

    private static void require(YamlDocument document, String field, String value) throws InvalidDefinition {
        if (!value.equals(document.json().path(field).asText())) {
            throw mistake(document, field, "write " + field + ": " + value);
        }
    }

    private static InvalidDefinition foreign(YamlDocument document, String field) {
        return mistake(
                document,
                field,
                "a definition has only builds, tasks, timeout, pendingTimeout, infrastructureRetries and cache.recipe:"
                        + " remove the field; all others are set in the Pipeline");
    }

    private static InvalidDefinition mistake(YamlDocument document, String field, String problem) {
        return new InvalidDefinition(document.line(field), PlainText.line(field) + ": " + problem);
    }

    /** Whether a mistake in a field of the merged spec is one of the file: the others are those of the pipeline. */
    public static boolean decides(String field) {
        return field.equals("spec") || OWN.matcher(field).lookingAt();
    }

    /** Returns the line of a field of the file, from 1, or of the innermost part of it that the file has. */
    public int line(String field) {
        return document.line(field);
    }

    /**
     * Returns the spec of a pipeline with the fields of this file, as JSON, so that the API server also sees fields that
     * Hearth does not know. What the file does not set, or sets to null, stays as the pipeline has it.
     */
    public ObjectNode mergedInto(PipelineSpec pipeline) {
        ObjectNode merged = JSON.valueToTree(pipeline);
        merged.remove("definition");
        for (var entry : spec.properties()) {
            if (!entry.getKey().equals(CACHE)) {
                put(merged, entry.getKey(), entry.getValue());
            }
        }
        if (spec.get(CACHE) instanceof ObjectNode cache) {
            put(merged.withObjectProperty(CACHE), RECIPE, cache.path(RECIPE));
        }
        return merged;
    }

    /** A null would remove the pipeline's value, and with it a limit. */
    private static void put(ObjectNode object, String name, JsonNode value) {
        if (!value.isNull() && !value.isMissingNode()) {
            object.set(name, value);
        }
    }

    /**
     * Returns the Dockerfiles of the builds, before anybody has checked them: a limited number. Empty if one of them cannot be
     * read.
     */
    public Optional<List<Dockerfile>> uncheckedDockerfiles() {
        var builds = spec.path("builds");
        if (!builds.isArray() && !builds.isNull() && !builds.isMissingNode()) {
            return Optional.empty();
        }
        var found = StreamSupport.stream(builds.spliterator(), false)
                .limit(MOST_BUILDS)
                .map(DefinitionFile::dockerfile)
                .toList();
        return found.stream().allMatch(Optional::isPresent)
                ? Optional.of(found.stream().flatMap(Optional::stream).toList())
                : Optional.empty();
    }

    private static Optional<Dockerfile> dockerfile(JsonNode build) {
        return build.isObject()
                ? path(build.path("context"), "")
                        .flatMap(context ->
                                path(build.path("dockerfile"), "Dockerfile").map(path -> new Dockerfile(context, path)))
                : Optional.empty();
    }

    private static Optional<String> path(JsonNode text, String byDefault) {
        if (text.isNull() || text.isMissingNode()) {
            return Optional.of(byDefault);
        }
        return Optional.ofNullable(text.textValue())
                .filter(path -> path.codePointCount(0, path.length()) <= LONGEST_PATH);
    }
}
