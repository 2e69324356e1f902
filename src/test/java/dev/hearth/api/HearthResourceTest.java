package dev.hearth.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.DefaultKubernetesResourceList;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Parsing of objects that violate the schema, as the client parses them in lists and watches of the API server. */
class HearthResourceTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private final KubernetesSerialization client = new KubernetesSerialization();

    /** Objects in which every kind of field has a value. */
    @SuppressWarnings("ImmutableEnumChecker") // a type reference does not change
    enum Sample {
        PIPELINE(new TypeReference<DefaultKubernetesResourceList<Pipeline>>() {}, Pipeline.class, """
            {"spec": {"source": {"url": "https://git.example/a.git", "credentials": {"secretName": "git"}},
              "triggers": {"poll": "30s", "branches": ["main"], "pullRequests": {"enabled": true}},
              "timeout": "1h", "infrastructureRetries": 2, "history": {"keep": 5, "keepFor": "7d"},
              "artifacts": {"store": "Volume", "reuse": true},
              "builds": [{"name": "b", "platforms": ["linux/amd64"], "arguments": {"A": "b"}, "artifact": true}],
              "tasks": [{"name": "t", "image": "i", "command": ["true"], "env": {"A": "b"}, "os": "Linux",
                "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}, "user": 1000,
                "matrix": {"axes": {"db": ["pg"]}, "exclude": [{"db": "pg"}], "maxParallel": 3},
                "services": [{"name": "s", "image": "i", "ready": {"tcp": 5432, "within": "1m"}}],
                "tolerations": [{"key": "k", "operator": "Exists", "tolerationSeconds": 5}]}]},
             "status": {"observedGeneration": 1, "refs": 3, "lastRun": {"name": "r", "ref": "refs/heads/main"},
              "flaky": [{"id": "t", "flakyRuns": 1, "runs": 2}],
              "conditions": [{"type": "Ready", "status": "True", "reason": "RefsListed", "message": "m",
                "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1}]}}"""),
        RUN(new TypeReference<DefaultKubernetesResourceList<PipelineRun>>() {}, PipelineRun.class, """
            {"spec": {"pipeline": "a", "ref": "refs/heads/main", "cancel": false},
             "status": {"phase": "Running", "trust": "Trusted", "seedRefs": ["refs/heads/main"],
              "pipelineSpec": {"source": {"url": "https://git.example/a.git"}, "builds": [{"name": "b"}]},
              "inputs": {"a": "b"}, "matrices": {"t": [{"db": "pg"}]},
              "steps": [{"name": "b", "state": "Failed", "exitCode": 1, "failure": "Command", "flaky": true,
                "tests": {"passed": 1, "failed": 1, "skipped": 0, "seconds": 1.5, "failures": [{"id": "t"}]},
                "artifact": {"files": 3, "kib": 12}}]}}"""),
        SCOPE(new TypeReference<DefaultKubernetesResourceList<CacheScope>>() {}, CacheScope.class, """
            {"spec": {"pipeline": "a", "ref": "refs/heads/main", "trust": "Trusted", "platforms": ["linux/amd64"],
              "taskCaches": ["Linux"], "rollbackTo": 3},
             "status": {"trust": "Trusted", "isolation": "Rootless", "lastGeneration": 2, "used": "3Mi",
              "lastUsed": "2026-01-01T00:00:00.123456Z",
              "volumes": [{"platform": "linux/amd64", "claim": "c", "repeatsCommit": false, "generation": 3,
                "seed": {"mode": "Copy", "message": "m", "run": "r", "needs": [{"claim": "c", "number": 1}]},
                "lastUse": {"run": "r", "at": "2026-01-01T00:00:00.123Z", "commit": "c", "succeeded": true, "used": "3Mi"},
                "generations": [{"number": 3, "state": "Sealed", "run": "r", "commit": "c", "exported": false,
                  "at": "2026-01-01T00:00:00Z"}]}],
              "taskCaches": [{"os": "Linux", "claim": "d", "observed": "2026-01-01T00:00:00.123456789Z", "states": [{"key": "k", "state": "Open", "attempt": 1}]}]}}"""),
        POLICY(new TypeReference<DefaultKubernetesResourceList<CachePolicy>>() {}, CachePolicy.class, """
            {"spec": {"default": true, "storage": {"className": "fast", "size": "20Gi"}, "seed": ["Copy"],
              "seedWithin": "1m", "retention": {"trusted": {"idle": "30d", "generations": 3}, "maxTotal": "100Gi"},
              "allowedNamespaces": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "k", "operator": "In"}]},
              "isolation": "Auto"},
             "status": {"scopes": 3, "evictions": 4, "lastEvictions": [{"namespace": "n", "reason": "Idle",
                "at": "2026-01-01T00:00:00Z"}]}}""");

        private final TypeReference<? extends DefaultKubernetesResourceList<? extends HearthResource<?, ?>>> list;
        private final Class<? extends HearthResource<?, ?>> kind;
        private final String text;

        Sample(
                TypeReference<? extends DefaultKubernetesResourceList<? extends HearthResource<?, ?>>> list,
                Class<? extends HearthResource<?, ?>> kind,
                String text) {
            this.list = list;
            this.kind = kind;
            this.text = text;
        }

        ObjectNode object(String name) {
            try {
                var object = (ObjectNode) JSON.readTree(text);
                object.put("apiVersion", "hearth.dev/v1alpha1").put("kind", kind.getSimpleName());
                object.putObject("metadata")
                        .put("name", name)
                        .put("namespace", "n")
                        .put("uid", "u");
                return object;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aValidObjectIsReadable(Sample sample) {
        assertThat(listed(sample, sample.object("good")).unreadable()).isEmpty();
    }

    /** Replaces the value of every field by every odd value. The other object of the list must be readable. */
    @ParameterizedTest
    @EnumSource
    void noValueOfAnyFieldStopsAListOrAWatch(Sample sample) throws IOException {
        for (List<String> path : paths(sample.object("odd"))) {
            for (JsonNode value : oddValues()) {
                var odd = sample.object("odd");
                replace(odd, path, value);

                var listed = listed(sample, odd);
                var watched = watched(sample, odd);

                assertThat(listed.getMetadata().getName()).isEqualTo("odd");
                assertThat(listed.getSpec())
                        .as("spec with %s at %s", value, path)
                        .isNotNull();
                assertThat(watched.unreadable()).isEqualTo(listed.unreadable());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMissingSpecIsNamed(Sample sample) {
        var without = sample.object("without");
        without.remove("spec");

        assertThat(listed(sample, without).unreadable()).hasValue("spec is missing");
    }

    @ParameterizedTest
    @EnumSource
    void anUnknownFieldIsIgnored(Sample sample) {
        var newer = sample.object("newer");
        ((ObjectNode) newer.get("spec")).put("newField", "x");

        assertThat(listed(sample, newer).unreadable()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            PIPELINE | spec.tasks.0.resources.requests.cpu | ""          | spec.tasks[0].resources.requests.cpu cannot be read: ""
            PIPELINE | spec.tasks.0.matrix.maxParallel     | 3000000000  | spec.tasks[0].matrix.maxParallel cannot be read: 3000000000
            PIPELINE | spec.tasks.0.os                     | "Plan9"     | spec.tasks[0].os cannot be read: "Plan9"
            PIPELINE | spec.timeout                        | "soon"      | spec.timeout cannot be read: "soon"
            PIPELINE | spec.source                         | null        | spec.source is missing
            RUN      | spec.ref                            | null        | spec.ref is missing
            RUN      | status.phase                        | "Sleeping"  | status.phase cannot be read: "Sleeping"
            SCOPE    | spec.rollbackTo                     | 3000000000  | spec.rollbackTo cannot be read: 3000000000
            SCOPE    | status.lastUsed                     | "yesterday" | status.lastUsed cannot be read: "yesterday"
            SCOPE    | status.volumes.0.lastUse.at            | null        | status.volumes[0].lastUse.at is missing
            SCOPE    | status.volumes.0.generations.0.at   | "2026-02-29T00:00:00Z" | status.volumes[0].generations[0].at cannot be read: "2026-02-29T00:00:00Z"
            POLICY   | spec.seed                           | {"a": 1}    | spec.seed cannot be read: {"a":1}
            POLICY   | spec.retention.trusted.generations  | "many"      | spec.retention.trusted.generations cannot be read: "many"
            """)
    void unreadableValuesAreNamed(Sample sample, String path, String value, String message) throws IOException {
        var odd = sample.object("odd");
        replace(odd, List.of(path.split("\\.")), JSON.readTree(value));

        assertThat(listed(sample, odd).unreadable()).hasValue(message);
    }

    @Test
    void anAbbreviatedValueDoesNotEndInsideASurrogatePair() {
        var odd = Sample.PIPELINE.object("odd");
        ((ObjectNode) odd.get("spec")).put("timeout", "x".repeat(62) + "\uD83D\uDE00");

        assertThat(listed(Sample.PIPELINE, odd).unreadable())
                .hasValue("spec.timeout cannot be read: \"" + "x".repeat(62) + "…");
    }

    /** In Java $ also matches before a line break, which Instant.parse refuses. */
    @Test
    void aTimeWithALineBreakIsUnreadable() {
        var odd = Sample.SCOPE.object("odd");
        ((ObjectNode) odd.get("status")).put("lastUsed", "2026-01-01T00:00:00Z\n");

        assertThat(listed(Sample.SCOPE, odd).unreadable()).isPresent();
    }

    @Test
    void otherValuesOfAnUnreadableObjectAreRead() {
        var odd = Sample.SCOPE.object("odd");
        ((ObjectNode) odd.get("spec")).put("rollbackTo", 3_000_000_000L);

        var scope = (CacheScope) listed(Sample.SCOPE, odd);

        assertThat(scope.getSpec().pipeline()).isEqualTo("a");
        assertThat(scope.volumes()).hasSize(1);
    }

    @Test
    void aCopyThroughJsonIsUnreadableToo() {
        var odd = Sample.SCOPE.object("odd");
        ((ObjectNode) odd.get("spec")).put("rollbackTo", 3_000_000_000L);
        var scope = listed(Sample.SCOPE, odd);

        assertThat(client.clone(scope).unreadable()).isPresent().isEqualTo(scope.unreadable());
    }

    /** Parses like the client parses a list, and checks that the object beside it is readable. */
    private HearthResource<?, ?> listed(Sample sample, ObjectNode object) {
        var list = JSON.createObjectNode().put("apiVersion", "hearth.dev/v1alpha1");
        list.put("kind", sample.kind.getSimpleName() + "List");
        list.putArray("items").add(object).add(sample.object("beside"));
        var items = client.unmarshal(list.toString(), sample.list).getItems();
        assertThat(items.getLast().unreadable()).isEmpty();
        return items.getFirst();
    }

    /** Parses like the client parses an event of a watch, whose type it learns afterwards. */
    private HearthResource<?, ?> watched(Sample sample, ObjectNode object) {
        return client.convertValue(client.unmarshal(object.toString(), GenericKubernetesResource.class), sample.kind);
    }

    private static List<JsonNode> oddValues() throws IOException {
        var values = new ArrayList<JsonNode>(List.of(
                NODES.nullNode(),
                NODES.textNode(""),
                NODES.textNode("x".repeat(10_000)),
                NODES.numberNode(3_000_000_000L),
                NODES.numberNode(BigInteger.TWO.pow(80)),
                NODES.numberNode(1e300),
                NODES.booleanNode(true)));
        for (String text : List.of("[]", "{}", "[null]", "{\"a\": null}", "{\"a\": {\"b\": 1}}")) {
            values.add(JSON.readTree(text));
        }
        return values;
    }

    /** Returns the paths of spec and status and of all values in them. */
    private static List<List<String>> paths(ObjectNode object) {
        var paths = new ArrayList<List<String>>();
        collect(object.get("spec"), List.of("spec"), paths);
        collect(object.get("status"), List.of("status"), paths);
        return paths;
    }

    private static void collect(JsonNode node, List<String> path, List<List<String>> paths) {
        paths.add(path);
        if (node instanceof ArrayNode array) {
            for (int at = 0; at < array.size(); at++) {
                collect(array.get(at), longer(path, String.valueOf(at)), paths);
            }
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            collect(field.getValue(), longer(path, field.getKey()), paths);
        }
    }

    private static List<String> longer(List<String> path, String step) {
        var longer = new ArrayList<>(path);
        longer.add(step);
        return longer;
    }

    private static void replace(ObjectNode object, List<String> path, JsonNode value) {
        JsonNode parent = object;
        for (String step : path.subList(0, path.size() - 1)) {
            parent = parent instanceof ArrayNode array ? array.get(Integer.parseInt(step)) : parent.get(step);
        }
        if (parent instanceof ArrayNode array) {
            array.set(Integer.parseInt(path.getLast()), value);
        } else {
            ((ObjectNode) parent).set(path.getLast(), value);
        }
    }
}
