package dev.hearth.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.testbed.HearthDeployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The API server accepts the valid files of src/test/resources/schema, and refuses the invalid ones. */
class SchemaIT {
    private static final Path FILES = Path.of("src/test/resources/schema");
    private final KubernetesClient client = HearthDeployment.shared().client();

    static List<Path> valid() throws IOException {
        return files("valid");
    }

    static List<Path> invalid() throws IOException {
        return files("invalid");
    }

    private static List<Path> files(String folder) throws IOException {
        try (var files = Files.list(FILES.resolve(folder))) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource
    void valid(Path file) throws IOException {
        var text = Files.readString(file);

        assertThatCode(() -> create(text)).doesNotThrowAnyException();
    }

    /** The first line of a file is a comment with the expected message. */
    @ParameterizedTest
    @MethodSource
    void invalid(Path file) throws IOException {
        var text = Files.readString(file);
        var message = text.lines().findFirst().orElseThrow().substring("# ".length());

        assertThatThrownBy(() -> create(text))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(message);
    }

    @Test
    void everyFieldIsDescribed() {
        var kinds = List.of("pipelines", "pipelineruns", "cachescopes", "cachepolicies");

        for (String kind : kinds) {
            var definition = client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .withName(kind + ".hearth.dev")
                    .get();
            var schema =
                    definition.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
            assertThat(undescribed(kind, schema)).isEmpty();
        }
    }

    private static Stream<String> undescribed(
            String path, io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps schema) {
        if (schema.getProperties() == null) {
            return Stream.empty();
        }
        return schema.getProperties().entrySet().stream().flatMap(entry -> {
            var inner = path + "." + entry.getKey();
            var property = entry.getValue();
            var here = property.getDescription() == null && !inner.matches("\\w+\\.(spec|status)")
                    ? Stream.of(inner)
                    : Stream.<String>empty();
            var items = property.getItems() == null
                    ? Stream.<String>empty()
                    : undescribed(inner + "[]", property.getItems().getSchema());
            return Stream.of(here, items, undescribed(inner, property)).flatMap(it -> it);
        });
    }

    /** Creates the object like kubectl, with strict validation of fields, as a dry run. */
    private void create(String yaml) {
        var resource = io.fabric8.kubernetes.client.utils.Serialization.unmarshal(
                yaml, io.fabric8.kubernetes.api.model.GenericKubernetesResource.class);
        var kind = resource.getKind().toLowerCase(java.util.Locale.ROOT);
        var plural = kind.equals("cachepolicy") ? "cachepolicies" : kind + "s";
        var scope = kind.equals("cachepolicy") ? "" : "namespaces/default/";
        client.raw(
                "/apis/hearth.dev/v1alpha1/" + scope + plural + "?dryRun=All&fieldValidation=Strict", "POST", resource);
    }
}
