package dev.hearth.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.api.BuildSpec;
import dev.hearth.api.CacheSpec;
import dev.hearth.api.DefinitionSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.core.Specs;
import dev.hearth.core.text.Durations;
import dev.hearth.core.validation.DefinitionLimits;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DefinitionFileTest {
    private static final String HEAD = "apiVersion: hearth.dev/v1alpha1\nkind: PipelineDefinition\n";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final DefinitionSpec DEFINITION =
            new DefinitionSpec(DefinitionSpec.PATH, List.of("allowed"), List.of("registry.example/team/*"));
    private static final PipelineSpec PIPELINE = Specs.pipeline(List.of(), List.of())
            .with()
            .definition(DEFINITION)
            .timeout("20m")
            .infrastructureRetries(1)
            .cache(new CacheSpec("small", List.of("registry.example/cache"), List.of("pom.xml")))
            .build();

    @Test
    void fileSetsBuildsAndTasksAndThePipelineTheRest() throws Exception {
        var file = parse(HEAD + """
                spec:
                  timeout: 5m
                  cache: {recipe: [go.mod]}
                  builds: [{name: image, dockerfile: build/Dockerfile, target: null}]
                """);

        var spec = JSON.treeToValue(file.mergedInto(PIPELINE), PipelineSpec.class);

        assertThat(spec.definition()).isNull();
        assertThat(spec.timeout()).isEqualTo("5m");
        assertThat(spec.builds()).extracting(BuildSpec::name).containsExactly("image");
        assertThat(spec.cache())
                .isEqualTo(new CacheSpec("small", List.of("registry.example/cache"), List.of("go.mod")));
        assertThat(file.uncheckedDockerfiles())
                .contains(List.of(new DefinitionFile.Dockerfile("", "build/Dockerfile")));
    }

    /** An approval shows whether they change, whatever else a build has. */
    @Test
    void dockerfilesAreReadWithoutTheRestOfTheirBuilds() throws Exception {
        var file = parse(HEAD + """
                spec:
                  builds:
                  - {name: a, dockerfile: a/Dockerfile, arguments: {VERSION: }, platforms: 1}
                  - {context: b, dockerfile: null}
                """);
        var long256 = "\uD83D\uDE00".repeat(256);

        assertThat(file.uncheckedDockerfiles())
                .contains(List.of(
                        new DefinitionFile.Dockerfile("", "a/Dockerfile"),
                        new DefinitionFile.Dockerfile("b", "Dockerfile")));
        assertThat(parse(HEAD + "spec: {builds: [{dockerfile: " + long256 + "}]}\n")
                        .uncheckedDockerfiles())
                .contains(List.of(new DefinitionFile.Dockerfile("", long256)));
        assertThat(parse(HEAD + "spec: {builds: null, tasks: [{}]}\n").uncheckedDockerfiles())
                .contains(List.of());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{a: {dockerfile: b}}", "[a]", "[{dockerfile: 1}]", "[{context: [a]}]", "[{context: LONG}]"})
    void buildThatCannotBeReadLeavesTheDockerfilesUnknown(String builds) throws Exception {
        var file = parse(HEAD + "spec: {builds: " + builds.replace("LONG", "a".repeat(257)) + "}\n");

        assertThat(file.uncheckedDockerfiles()).isEmpty();
    }

    /** In a merge patch null removes a field, and its default can be more than what the pipeline has. */
    @Test
    void nullLeavesWhatThePipelineHas() throws Exception {
        var file = parse(
                HEAD + "spec: {timeout: null, infrastructureRetries: ~, cache: null, builds: null, tasks: [{}]}\n");
        var recipe = parse(HEAD + "spec: {cache: {recipe: null}, tasks: [{}]}\n");

        for (DefinitionFile each : List.of(file, recipe)) {
            assertThat(JSON.treeToValue(each.mergedInto(PIPELINE), PipelineSpec.class)
                            .withTasks(List.of()))
                    .isEqualTo(PIPELINE.withDefinition(null));
        }
    }

    @Test
    void fieldThatIsNotKnownIsKeptForTheApiServer() throws Exception {
        var file = parse(HEAD + "spec:\n  tasks:\n  - {name: unit, comand: [x]}\n");

        assertThat(file.mergedInto(PIPELINE).at("/tasks/0/comand/0").asText()).isEqualTo("x");
        assertThat(file.line("spec.tasks[0].comand")).isEqualTo(5);
    }

    @Test
    void mistakeIsOfTheFileOnlyInItsOwnFields() {
        assertThat(Stream.of("spec", "spec.builds", "spec.tasks[0].comand", "spec.timeout", "spec.cache.recipe[0]"))
                .allMatch(DefinitionFile::decides);
        assertThat(Stream.of("spec.trust", "spec.cache", "spec.cache.policy", "spec.timeouts", "spec.triggers.tasks"))
                .noneMatch(DefinitionFile::decides);
    }

    @Test
    void lineIsThatOfTheFieldOrOfItsInnermostPart() throws Exception {
        var file = parse("""
                apiVersion: hearth.dev/v1alpha1
                kind: PipelineDefinition
                spec:
                  tasks:
                  - name: unit
                    env:
                      A: b
                      a.b: c
                    nodeSelector:
                      kubernetes.io/arch: amd64
                  -
                    name: lint
                    services:
                    - {name: db,
                       image: postgres}
                """);

        assertThat(Map.of(
                        "spec", file.line("spec"),
                        "spec.tasks[0].name", file.line("spec.tasks[0].name"),
                        "spec.tasks[0].image", file.line("spec.tasks[0].image"),
                        "spec.tasks[0].env.A", file.line("spec.tasks[0].env.A"),
                        "spec.tasks[0].env[A]", file.line("spec.tasks[0].env[A]"),
                        "spec.tasks[0].env.a.b", file.line("spec.tasks[0].env.a.b"),
                        "a label", file.line("spec.tasks[0].nodeSelector.kubernetes.io/arch"),
                        "spec.tasks[1].services[0].image", file.line("spec.tasks[1].services[0].image"),
                        "spec.tasks[9]", file.line("spec.tasks[9]"),
                        "nothing", file.line("][.")))
                .isEqualTo(Map.of(
                        "spec", 3,
                        "spec.tasks[0].name", 5,
                        "spec.tasks[0].image", 5,
                        "spec.tasks[0].env.A", 7,
                        "spec.tasks[0].env[A]", 7,
                        "spec.tasks[0].env.a.b", 8,
                        "a label", 10,
                        "spec.tasks[1].services[0].image", 15,
                        "spec.tasks[9]", 4,
                        "nothing", 1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "apiVersion: hearth.dev/v2\\nkind: PipelineDefinition\\nspec: {}|1|apiVersion: write apiVersion: hearth.dev/v1alpha1",
                "apiVersion: hearth.dev/v1alpha1\\nkind: Pipeline|2|kind: write kind: PipelineDefinition",
                "[]|1|apiVersion: write",
                "HEAD spec: []|3|spec: the field must have",
                "HEAD spec: {}\\nmetadata: {name: a}|4|metadata: a definition has apiVersion, kind and spec only",
                "HEAD spec:\\n  trust: {}|4|spec.trust: a definition has only builds, tasks,",
                "HEAD spec:\\n  cache: {policy: large}|4|spec.cache.policy: a definition has only",
                "HEAD spec: {}|3|spec: the file has nothing to do: list at least one entry in builds or tasks",
                "HEAD spec:\\n  builds: []\\n  tasks: ~|3|spec: the file has nothing to do",
                "HEAD spec:\\n  cache: []|4|spec.cache: write a mapping",
                "HEAD spec: {}\\nspec: {}|4|duplicate key spec",
                "HEAD spec:\\n  timeout: &a 5m\\n  pendingTimeout: *a|4|anchors and aliases are not allowed",
                "HEAD spec:\\n  timeout: *a|4|anchors and aliases are not allowed",
                "HEAD spec: !!javax.script.ScriptEngineManager [a]|3|tags such as !!str are not allowed",
                "HEAD spec:\\n  timeout: !!binary aGk=|4|tags such as !!str are not allowed",
                "HEAD spec:\\n  1: a|4|a key is no text: write it in quotes",
                "HEAD spec:\\n  ? [a]\\n  : b|4|a key is no text",
                "HEAD spec:\\n  builds: [~]|4|an entry of a list has no value",
                "HEAD spec:\\n  tasks:\\n  - {command: [a,\\n    null]}|6|an entry of a list has no value",
                "HEAD spec:\\n  timeout: \"\\uD800\"|4|a text has half a character",
                "HEAD spec:\\n  \"\\uDC00\": a|4|a text has half a character",
                "HEAD spec: {}\\n---\\na: b|4|the file has a second YAML document",
                "HEAD spec: {|3|the file is no valid YAML",
                "HEAD spec: \\tx|3|the file is no valid YAML",
            })
    void mistakeHasItsLine(String content, int line, String message) {
        var text = content.replace("HEAD ", HEAD).replace("\\n", "\n").replace("\\t", "\t");

        var mistake = mistake(text.getBytes(StandardCharsets.UTF_8));

        assertThat(mistake).hasMessageContaining(message);
        assertThat(mistake.line()).isEqualTo(line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing\n", "\u0000", "a\u0000b", "\uFFFE"})
    void fileThatIsNoDocumentIsRefused(String content) {
        assertThat(mistake(content.getBytes(StandardCharsets.UTF_8))).isNotNull();
    }

    @Test
    void hostileFileIsRefusedBeforeItGrows() {
        assertThat(mistake(new byte[10 << 20])).hasMessageContaining("more than 256 KiB");
        assertThat(mistake(new byte[] {'a', (byte) 0xc3, (byte) 0x28})).hasMessageContaining("UTF-8");
        assertThat(mistake((HEAD + "spec: " + "[".repeat(200_000)).getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("nested more than 32 levels deep");
        assertThat(mistake((HEAD + "spec:" + "\n- ".repeat(40_000)).getBytes(StandardCharsets.UTF_8)))
                .isNotNull();
        assertThat(mistake("? ".repeat(100_000).getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("nested more than 32 levels deep");
        var laughs = new StringBuilder(HEAD + "spec:\n  a0: &a0 [lol, lol]\n");
        for (var at = 1; at < 60; at++) {
            laughs.append("  a%d: &a%d [*a%d, *a%d]\n".formatted(at, at, at - 1, at - 1));
        }
        assertThat(mistake(laughs.toString().getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("anchors and aliases");
    }

    /** Whatever a file has: what the pipeline keeps for itself stays, and no limit of it is exceeded unnoticed. */
    @Property(tries = 500)
    void definitionNeverWidensItsPipeline(@ForAll("specs") Map<String, Object> written) throws Exception {
        var text = JSON.writeValueAsString(
                Map.of("apiVersion", "hearth.dev/v1alpha1", "kind", "PipelineDefinition", "spec", written));
        PipelineSpec spec;
        try {
            var file = DefinitionFile.parse(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            spec = JSON.treeToValue(file.mergedInto(PIPELINE), PipelineSpec.class);
        } catch (InvalidDefinition | JsonProcessingException e) {
            return; // refused before, or by the API server
        }
        if (!new DefinitionLimits(PIPELINE, DEFINITION).exceededBy(spec).isEmpty()) {
            return;
        }

        assertThat(spec)
                .returns(PIPELINE.source(), PipelineSpec::source)
                .returns(PIPELINE.trust(), PipelineSpec::trust)
                .returns(PIPELINE.triggers(), PipelineSpec::triggers)
                .returns(PIPELINE.forge(), PipelineSpec::forge)
                .returns(PIPELINE.artifacts(), PipelineSpec::artifacts)
                .returns(PIPELINE.history(), PipelineSpec::history)
                .returns(PIPELINE.concurrency(), PipelineSpec::concurrency)
                .returns("small", it -> it.cache().policy())
                .returns(PIPELINE.cache().imports(), it -> it.cache().imports());
        assertThat(Durations.parse(spec.timeout())).isLessThanOrEqualTo(Durations.parse("20m"));
        assertThat(Durations.parse(spec.pendingTimeout())).isLessThanOrEqualTo(Durations.parse("15m"));
        assertThat(spec.infrastructureRetries()).isLessThanOrEqualTo(1);
        assertThat(spec.tasks().stream().flatMap(task -> task.secrets().stream()))
                .allSatisfy(secret -> assertThat(secret.secretName()).isEqualTo("allowed"));
        assertThat(spec.builds().stream().flatMap(build -> Stream.ofNullable(build.push())))
                .allSatisfy(push -> assertThat(push.repository()).startsWith("registry.example/team/"));
    }

    /** Some of the fields that a definition may have, now and then with one that it may not. */
    @Provide
    Arbitrary<Map<String, Object>> specs() {
        var allowed = Arbitraries.maps(
                        Arbitraries.of(
                                "timeout", "pendingTimeout", "infrastructureRetries", "cache", "builds", "tasks"),
                        Arbitraries.integers().between(0, 5))
                .ofMinSize(1);
        var foreign = Arbitraries.of(
                "source", "trust", "triggers", "forge", "artifacts", "history", "concurrency", "definition", "x");
        return Combinators.combine(allowed, foreign.injectNull(0.8)).as((fields, other) -> {
            var spec = new HashMap<String, Object>();
            fields.forEach((name, at) -> spec.put(name, sample(name, at)));
            if (other != null) {
                spec.put(other, Map.of());
            }
            return spec;
        });
    }

    private static Object sample(String name, int at) {
        return switch (name) {
            case "timeout", "pendingTimeout" ->
                List.of("1m", "20m", "20m1s", "90m", "9h", "1s").get(at);
            case "infrastructureRetries" -> at;
            case "cache" -> at % 2 == 0 ? Map.of("recipe", List.of("a")) : Map.of("policy", "large");
            case "builds" ->
                List.of(Map.of(
                        "name",
                        "b",
                        "push",
                        Map.of(
                                "repository",
                                List.of(
                                                "registry.example/team/app",
                                                "registry.example/team",
                                                "registry.example/teams/app",
                                                "registry.example/team/a/b",
                                                "evil.example/team/app",
                                                "registry.example.evil/team/app")
                                        .get(at),
                                "credentials",
                                Map.of("secretName", at % 2 == 0 ? "allowed" : "other"))));
            default ->
                List.of(Map.of(
                        "name",
                        "t",
                        "secrets",
                        List.of(Map.of("name", "A", "secretName", at % 2 == 0 ? "allowed" : "other", "key", "k"))));
        };
    }

    private static DefinitionFile parse(String text) throws InvalidDefinition {
        return DefinitionFile.parse(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static InvalidDefinition mistake(byte[] content) {
        var thrown =
                catchThrowableOfType(InvalidDefinition.class, () -> DefinitionFile.parse(ByteBuffer.wrap(content)));
        assertThat(thrown).isNotNull();
        return thrown;
    }
}
