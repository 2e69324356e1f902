package dev.hearth.controller;

import static dev.hearth.testbed.TestNamespace.condition;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.HearthResource;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.controlplane.FakeCluster;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaPropsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** No object that the API server takes, or that it already has, stops the operator. */
@Order(1) // needs no node, which starts meanwhile
@ResourceLock(FakeCluster.APART) // one test opens the schema of a kind and kills the operator
class UnreadableObjectsLoopIT {
    private static final String STATUS_OF = "odd-status";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A number that is too little, too much or none of its type. */
    private static final List<String> NUMBERS = List.of("0", "-1", "3000000000", "9223372036854775808", "1e300", "0.5");

    /** A text that is too little, too much, with another unit, or with digits of another script. */
    private static final List<String> TEXTS = List.of(
            "\"\"",
            "\"0s\"",
            "\"-1\"",
            "\"1e99\"",
            "\"1e-99\"",
            "\"99999999999999999999Ei\"",
            "\"5 bananas\"",
            "\"٣\"",
            "\"..\"",
            "\"a\\nb\"",
            "\"" + "x".repeat(10_000) + "\"");

    /** An object or a list that has too little in it. */
    private static final List<String> PARENTS = List.of("{}", "{\"a\": \"\"}", "[]", "[\"\"]");

    /** A valid object of each kind, which one field at a time is changed in. */
    private static final Map<Class<? extends HearthResource<?, ?>>, String> WHOLE = Map.of(
            Pipeline.class, """
                source: {url: "https://git.invalid/a.git"}
                builds: [{name: b, artifact: true}]
                tasks:
                - name: t
                  image: busybox
                  command: ["true"]
                  artifacts: [b]
                  resources: {requests: {cpu: 1}}
                  matrix: {axes: {db: [pg]}}
                  services: [{name: s, image: busybox}]
                """,
            PipelineRun.class, "pipeline: none\nref: refs/heads/main",
            CacheScope.class, "pipeline: none\nref: refs/heads/main\ntrust: Untrusted",
            CachePolicy.class, "storage: {size: 1Gi}");

    @Test
    void whatTheApiServerTakesDoesNotStopTheOperator() throws Exception {
        try (var place = ScriptedNamespace.openApart("odd")) {
            var work = place.work();
            var operator = place.client();
            var before = place.operatorProcess();
            var tried = new AtomicInteger();
            var taken = new ArrayList<HasMetadata>();
            try {
                for (var kind : WHOLE.keySet()) {
                    taken.addAll(write(operator, odd(work, kind, "spec"), tried));
                    operator.resource(JSON.treeToValue(whole(work, kind, STATUS_OF), GenericKubernetesResource.class))
                            .create();
                    taken.addAll(write(operator, odd(work, kind, "status"), tried));
                }
                assertThat(tried.get()).isGreaterThan(1000);
                assertThat(taken).hasSizeGreaterThan(100);

                isFollowed(place, "healthy");

                assertThat(place.operatorProcess()).isEqualTo(before);
            } finally {
                operator.resources(CachePolicy.class).withLabel("odd").delete();
            }
        }
    }

    @Test
    void whatIsStoredAlreadyAndCannotBeReadIsReportedAndLeftAlone() {
        try (var place = ScriptedNamespace.openApart("unreadable")) {
            // Given
            var work = place.work();
            var schema = definition(work).require().getSpec();
            var process = place.operatorProcess();
            try {
                definition(work).edit(definition -> {
                    open(definition);
                    return definition;
                });

                // When
                work.until("an object that the schema refuses", () -> poison(work, false));

                // Then
                var stalled = work.until(
                        "the report",
                        () -> Optional.ofNullable(
                                        pipelines(work).withName("poison").get())
                                .flatMap(found -> condition(found, "Stalled"))
                                .filter(it -> it.status().equals("True")));
                assertThat(stalled.reason()).isEqualTo("Unreadable");
                assertThat(stalled.message())
                        .contains("spec.tasks[0].resources.requests.cpu cannot be read: \"\"")
                        .contains("spec.tasks[0].shards cannot be read: 3000000000");
                assertThat(stored(work).<String>get("spec", "tasks", 0, "resources", "requests", "cpu"))
                        .as("the spec stays as it was stored")
                        .isEmpty();
                assertThat(work.client()
                                .v1()
                                .events()
                                .inNamespace(work.namespace())
                                .list()
                                .getItems())
                        .anySatisfy(event -> assertThat(event.getReason()).isEqualTo("Unreadable"));
                work.until(
                        "the metric",
                        () -> Optional.of(place.meter("hearth_objects_unreadable", "kind", "Pipeline"))
                                .filter(it -> it == 1));
                isFollowed(place, "beside");
                assertThat(place.operatorProcess()).isEqualTo(process);

                // When: it is in the list that an operator starts with
                place.restartOperator();
                var next = place.operatorProcess();

                // Then
                isFollowed(place, "after");
                assertThat(place.operatorProcess()).isEqualTo(next).isNotEqualTo(process);

                // When: it is corrected
                pipelines(work)
                        .withName("poison")
                        .patch(
                                PatchContext.of(PatchType.JSON),
                                "[{\"op\": \"remove\", \"path\": \"/spec/tasks/0/resources\"},"
                                        + " {\"op\": \"remove\", \"path\": \"/spec/tasks/0/shards\"}]");

                // Then
                work.until(
                        "a look at it",
                        () -> Optional.ofNullable(
                                        pipelines(work).withName("poison").get())
                                .filter(it -> it.conditions().stream()
                                        .noneMatch(each -> each.reason().equals("Unreadable"))));
            } finally {
                pipelines(work).withName("poison").delete();
                definition(work).edit(definition -> {
                    definition.setSpec(schema);
                    return definition;
                });
                work.until(
                        "the closed schema", () -> poison(work, true).isEmpty() ? Optional.of(true) : Optional.empty());
            }
        }
    }

    /** Empty while the API server still has the closed schema. */
    private static Optional<GenericKubernetesResource> poison(TestNamespace work, boolean dry) {
        try {
            return Optional.of(work.client()
                    .resource(Serialization.unmarshal(
                            """
                            apiVersion: hearth.dev/v1alpha1
                            kind: Pipeline
                            metadata: {name: poison, namespace: %s}
                            spec:
                              source: {url: "%s"}
                              tasks:
                              - {name: t, image: busybox, command: ["true"], shards: 3000000000,
                                 resources: {requests: {cpu: ""}}}
                            """.formatted(work.namespace(), "git://127.0.0.1:1/none"), GenericKubernetesResource.class))
                    .dryRun(dry)
                    .create());
        } catch (KubernetesClientException e) {
            return Optional.empty();
        }
    }

    /** One that is as it should be is looked at, which its status says. */
    private static void isFollowed(ScriptedNamespace place, String name) {
        var pipeline =
                place.work().apply("""
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: %s}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 5s, branches: [none]}
                  builds: [{name: image}]
                """.formatted(name, place.repository().http().url()));
        place.work().until(pipeline, it -> !it.getStatus().conditions().isEmpty());
    }

    /** Creates those with an odd spec that the API server takes, and gives one object each odd status that it takes. */
    private static List<GenericKubernetesResource> write(
            KubernetesClient operator, List<GenericKubernetesResource> odd, AtomicInteger tried) throws Exception {
        try (var threads = Executors.newFixedThreadPool(8)) {
            var answers = threads.invokeAll(odd.stream()
                    .<Callable<Boolean>>map(object -> () -> isTaken(operator, object))
                    .toList());
            tried.addAndGet(answers.size());
            var taken = new ArrayList<GenericKubernetesResource>();
            for (int at = 0; at < answers.size(); at++) {
                if (answers.get(at).get()) {
                    taken.add(odd.get(at));
                }
            }
            return taken;
        }
    }

    private static boolean isTaken(KubernetesClient operator, GenericKubernetesResource object) {
        try {
            var status = object.get("status");
            if (status == null) {
                operator.resource(object).create();
            } else {
                operator.resource(object)
                        .subresource("status")
                        .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(Map.of("status", status)));
            }
            return true;
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).as(e.getMessage()).isIn(400, 422);
            return false;
        }
    }

    /** The whole object with each field of this part of the schema set to each odd value. */
    private static List<GenericKubernetesResource> odd(
            TestNamespace work, Class<? extends HearthResource<?, ?>> kind, String part)
            throws JsonProcessingException {
        var schema = work.client()
                .apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName(HasMetadata.getFullResourceName(kind))
                .require()
                .getSpec()
                .getVersions()
                .getFirst()
                .getSchema()
                .getOpenAPIV3Schema();
        var objects = new ArrayList<GenericKubernetesResource>();
        for (Field field : fields(Objects.requireNonNull(schema.getProperties().get(part)))) {
            for (String value : oddValues(field.type())) {
                var object = whole(work, kind, part.equals("status") ? STATUS_OF : "odd-" + objects.size());
                set(object, part, field.path(), JSON.readTree(value));
                objects.add(JSON.treeToValue(object, GenericKubernetesResource.class));
            }
        }
        return objects;
    }

    private static ObjectNode whole(TestNamespace work, Class<? extends HearthResource<?, ?>> kind, String name) {
        var whole = JSON.createObjectNode();
        whole.put("apiVersion", HasMetadata.getApiVersion(kind));
        whole.put("kind", HasMetadata.getKind(kind));
        var metadata = whole.putObject("metadata").put("name", name);
        metadata.putObject("labels").put("odd", "true");
        if (Namespaced.class.isAssignableFrom(kind)) {
            metadata.put("namespace", work.namespace());
        }
        whole.set("spec", JSON.valueToTree(Serialization.unmarshal(WHOLE.get(kind), Map.class)));
        return whole;
    }

    /** All odd values of the field's type, and one of each other type, which the API server has to refuse. */
    private static List<String> oddValues(@Nullable String type) {
        return switch (type) {
            case "integer", "number" -> with(NUMBERS, "\"\"", "{}", "true");
            case "string" -> with(TEXTS, "0", "{}", "true");
            case "boolean" -> List.of("\"\"", "0", "{}");
            case "object", "array" -> with(PARENTS, "\"\"", "0", "true");
            case null, default ->
                Stream.of(NUMBERS, TEXTS, PARENTS, List.of("true"))
                        .flatMap(List::stream)
                        .toList();
        };
    }

    private static List<String> with(List<String> odd, String... ofOtherTypes) {
        return Stream.concat(odd.stream(), Stream.of(ofOtherTypes)).toList();
    }

    /**
     * Where a field is, and what the schema says that it is.
     *
     * @param path {@code 0} is the first item of a list, {@code a} a key of a map
     * @param type null for a field that takes several
     */
    private record Field(List<String> path, @Nullable String type) {
        Field below(String step) {
            return new Field(Stream.concat(Stream.of(step), path.stream()).toList(), type);
        }
    }

    private static List<Field> fields(JSONSchemaProps schema) {
        var inner = new ArrayList<Field>();
        if (schema.getProperties() != null) {
            schema.getProperties().forEach((name, property) -> add(inner, name, property));
        }
        if (schema.getItems() != null) {
            add(inner, "0", schema.getItems().getSchema());
        }
        if (schema.getAdditionalProperties() != null) {
            add(inner, "a", schema.getAdditionalProperties().getSchema());
        }
        return inner;
    }

    private static void add(List<Field> fields, String step, JSONSchemaProps schema) {
        // A default policy would be every other test's, too; the pipelineSpec of a run is tested as the spec of a
        // pipeline.
        if (step.equals("default") || step.equals("pipelineSpec")) {
            return;
        }
        fields.add(new Field(List.of(step), schema.getType()));
        fields(schema).forEach(field -> fields.add(field.below(step)));
    }

    private static void set(ObjectNode object, String part, List<String> path, JsonNode value) {
        var parent =
                JsonPointer.compile("/" + part + "/" + String.join("/", path)).head();
        if (!path.getLast().equals("0")) {
            object.withObject(parent).set(path.getLast(), value);
            return;
        }
        var list = object.withArray(parent);
        if (list.isEmpty()) {
            list.add(value);
        } else {
            list.set(0, value);
        }
    }

    private static NonNamespaceOperation<Pipeline, KubernetesResourceList<Pipeline>, Resource<Pipeline>> pipelines(
            TestNamespace work) {
        return work.client().resources(Pipeline.class).inNamespace(work.namespace());
    }

    private static GenericKubernetesResource stored(TestNamespace work) {
        return work.client()
                .genericKubernetesResources("hearth.dev/v1alpha1", "Pipeline")
                .inNamespace(work.namespace())
                .withName("poison")
                .require();
    }

    private static Resource<CustomResourceDefinition> definition(TestNamespace work) {
        return work.client()
                .apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName(HasMetadata.getFullResourceName(Pipeline.class));
    }

    private static void open(CustomResourceDefinition definition) {
        var kind = definition.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
        kind.getProperties()
                .put(
                        "spec",
                        new JSONSchemaPropsBuilder()
                                .withType("object")
                                .withXKubernetesPreserveUnknownFields(true)
                                .build());
    }
}
