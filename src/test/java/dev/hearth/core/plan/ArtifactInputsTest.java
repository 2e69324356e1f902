package dev.hearth.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineSpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArtifactInputsTest {
    @Test
    void findsInputsOfArtifactsThatAreNotPushed() {
        var inputs = of("""
                builds:
                - {name: kept, artifact: true, inputs: ["*.go"]}
                - {name: pushed, artifact: true, push: {repository: r.example/x}}
                - {name: image}
                tasks:
                - {name: made, image: i, command: [x], artifact: {path: /out}}
                - {name: test, image: i, command: [x]}
                """);

        assertThat(inputs).isEqualTo(Map.of("kept", List.of("*.go"), "made", List.of("*")));
    }

    @ParameterizedTest
    @CsvSource({
        "'', *",
        "app, /app/",
        "app/, /app/",
        "app//x, /app/x/",
        "app/./x, /app/x/",
        "app/.., *",
        "app/../../.., *"
    })
    void defaultInputsOfABuildAreItsContext(String context, String pattern) {
        assertThat(of("builds: [{name: tool, artifact: true, context: '" + context + "'}]"))
                .containsEntry("tool", List.of(pattern));
    }

    @Test
    void findsNoInputsIfArtifactsAreNotReused() {
        assertThat(of("artifacts: {reuse: false}\nbuilds: [{name: tool, artifact: true}]"))
                .isEmpty();
    }

    private static Map<String, List<String>> of(String yaml) {
        return ArtifactInputs.of(
                Serialization.unmarshal("source: {url: 'https://git.example/app.git'}\n" + yaml, PipelineSpec.class));
    }
}
