package dev.hearth.core.plan;

import static dev.hearth.core.Specs.build;
import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.TaskSpec;
import dev.hearth.core.ref.GitRef;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArtifactKeysTest {
    private static final Map<String, String> FILES = Map.of("tool", "b1", "made", "t1");
    private static final String MADE = "artifact: {path: /out}\nartifacts: [tool]\n";
    private static final String FULL = MADE + """
            env: {A: "1", B: "2"}
            services: [{name: db, image: postgres, env: {P: x}, command: [run]}]
            """;

    @Test
    void keyDoesNotDependOnTheOrderOfMaps() {
        var other = MADE + """
                env: {B: "2", A: "1"}
                services: [{name: db, image: postgres, env: {P: x}, command: [run]}]
                """;

        assertThat(key(other)).isPresent().isEqualTo(key(FULL));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "env: {A: '1', B: '3'}",
                "env: {A: '1'}",
                "user: 7",
                "podSecurity: Baseline",
                "nodeSelector: {kubernetes.io/arch: arm64}",
                "secrets: [{name: T, secretName: s, key: k}]",
                "artifact: {path: /other}",
                "artifacts: []",
                "services: []",
                "services: [{name: db, image: postgres, env: {P: y}, command: [run]}]",
                "services: [{name: db, image: postgres, env: {P: x}, command: [run], artifacts: [tool]}]",
                "services: [{name: db, image: postgres, env: {P: x}, command: [run], user: 5}]"
            })
    void keyDependsOnTheSpec(String change) {
        var field = change.substring(0, change.indexOf(':') + 1);
        var rest = FULL.lines().filter(line -> !line.startsWith(field)).reduce("", (all, line) -> all + line + "\n");

        assertThat(key(rest + change)).isPresent().isNotEqualTo(key(FULL));
    }

    @Test
    void keyDependsOnInputsAndMountedArtifacts() {
        assertThat(key(FULL, Map.of("tool", "b1", "made", "t2"), "c"))
                .isPresent()
                .isNotEqualTo(key(FULL));
        assertThat(key(FULL, Map.of("tool", "b2", "made", "t1"), "c"))
                .isPresent()
                .isNotEqualTo(key(FULL));
        assertThat(key(FULL, Map.of("made", "t1"), "c")).isEmpty();
        assertThat(key(FULL, Map.of("tool", "b1"), "c")).isEmpty();
    }

    @Test
    void placeholderOfTheRunChangesTheKeyWithEachRun() {
        var named = MADE + "env: {C: '{commit}'}";

        assertThat(key(named, FILES, "a")).isPresent().isNotEqualTo(key(named, FILES, "b"));
        assertThat(key(FULL, FILES, "a")).isPresent().isEqualTo(key(FULL, FILES, "b"));
    }

    @Test
    void argumentsAndVariablesAreSeparate() {
        var arguments = key(MADE + "command: [x, '1', K, V]");

        assertThat(arguments).isPresent().isNotEqualTo(key(MADE + "command: [x]\nenv: {K: V}"));
    }

    @Test
    void unknownInputsGiveNoKey() {
        assertThat(key(MADE + "imageFrom: {build: tool}")).isEmpty();
        assertThat(key("artifacts: [tool]")).isEmpty();
    }

    @Test
    void shardsHaveNoKeySinceTheirTestsChange() {
        var sharded = task("made", MADE + "shards: 2\ntestList: {artifact: tool, file: tests}");
        var spec = pipeline(List.of(build("tool", null)), List.of(sharded));
        var scene = new PlanContext(
                GitRef.of("refs/heads/main"), "c", "run", Map.of("made", List.of(Map.of("shard", "1"))));
        var plan = Plan.of(spec, scene);

        assertThat(new ArtifactKeys(plan, FILES).find(plan.steps().getLast())).isEmpty();
    }

    private static Optional<String> key(String yaml) {
        return key(yaml, FILES, "c");
    }

    private static Optional<String> key(String yaml, Map<String, String> files, String commit) {
        var spec = pipeline(List.of(build("tool", null)), List.of(made(yaml)));
        var plan = Plan.of(spec, new PlanContext(GitRef.of("refs/heads/main"), commit, "run", Map.of()));
        return new ArtifactKeys(plan, files).find(plan.steps().getLast());
    }

    private static TaskSpec made(String yaml) {
        var image = yaml.contains("imageFrom") ? "" : "image: busybox\n";
        var command = yaml.contains("\ncommand: ") ? "" : "command: [x]\n";
        return Serialization.unmarshal("name: made\n" + image + command + yaml, TaskSpec.class);
    }
}
