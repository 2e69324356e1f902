package dev.hearth.core.validation;

import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskRulesTest {
    @Test
    void rejectsPlaceholdersOfUnknownKeys() {
        var matrix = "matrix: {axes: {db: [pg]}}\n";

        assertThat(mistake(matrix + "env: {A: '{matrix.bd}'}"))
                .hasValue("task t uses {matrix.bd}, which its matrix does not have: it has db");
        assertThat(mistake(matrix + "services: [{name: s, image: '{matrix.bd}'}]"))
                .isPresent();
        assertThat(mistake(matrix + "services: [{name: s, image: i, ready: {command: ['{matrix.bd}']}}]"))
                .isPresent();
        assertThat(mistake("env: {A: '{matrix.db}'}")).isPresent();
        assertThat(mistake(matrix + "env: {A: '{matrix.db} {{matrix.bd}'}")).isEmpty();
    }

    @Test
    void rejectsServicesWithUnknownKeys() {
        assertThat(mistake("matrix: {axes: {db: [pg]}}\nservices: [{name: s, image: i, when: [{d: pg}]}]"))
                .isPresent();
        assertThat(mistake("services: [{name: s, image: i, when: [{db: pg}]}]")).isPresent();
    }

    @Test
    void acceptsAnyKeyOfAComputedMatrix() {
        assertThat(mistake("artifacts: [a]\nmatrix: {from: {artifact: a, file: f}}\nenv: {A: '{matrix.x}'}"))
                .isEmpty();
    }

    @Test
    void countsALargeMatrixWithoutExpandingIt() {
        var values = IntStream.range(0, 64).mapToObj(it -> "v" + it).collect(Collectors.joining(", ", "[", "]"));
        var axes = "matrix: {axes: {a: V, b: V, c: V, d: V}}".replace("V", values);

        assertThat(mistake(axes).orElseThrow()).contains("16777216 cells");
    }

    @Test
    void rejectsAMatrixWithoutCells() {
        assertThat(mistake("matrix: {axes: {a: [x, y], b: [z]}, exclude: [{a: x}, {b: z}]}"))
                .hasValueSatisfying(text -> assertThat(text)
                        .contains("the matrix of task t has no cells")
                        .contains("exclude removes all combinations"));
        assertThat(mistake("matrix: {axes: {a: [x], b: []}}"))
                .hasValueSatisfying(text -> assertThat(text).contains("an axis has no values"));
        assertThat(mistake("matrix: {axes: {a: [x]}, exclude: [{a: x}], include: [{a: y}]}"))
                .isEmpty();
    }

    @Test
    void doesNotCountExcludedCells() {
        var values = IntStream.range(0, 64).mapToObj(it -> "v" + it).collect(Collectors.joining(", ", "[", "]"));

        assertThat(mistake("matrix: {axes: {a: " + values + ", b: [u, v, w, x, y]}, exclude: [{b: u}]}"))
                .isEmpty();
        assertThat(mistake("matrix: {axes: {a: " + values + ", b: [u, v, w, x, y]}}"))
                .isPresent();
    }

    @Test
    void rejectsFoldersThatCannotBeVolumes() {
        assertThat(mistake("reports: {junit: ['/*.xml']}").orElseThrow()).startsWith("task t: the report pattern");
        assertThat(mistake("reports: {files: ['/etc/**']}")).isPresent();
        assertThat(mistake("artifact: {path: /workspace}").orElseThrow()).contains("artifact.path /workspace");
        assertThat(mistake("artifact: {path: /usr/lib}")).isPresent();
        assertThat(mistake("artifact: {path: /workspace/out}\nreports: {junit: ['/out/*.xml']}"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            matrix: {axes: {A: [x]}}                                                | .matrix
            matrix: {axes: {a: []}}                                                 | .matrix
            env: {B: b, A: '{matrix.a}'}                                            | .env[A]
            services: [{name: s, image: i, command: [sh, '{matrix.a}']}]            | .services[0].command[1]
            services: [{name: s, image: i}, {name: r, image: '{matrix.a}'}]         | .services[1].image
            services: [{name: s, image: i, ready: {command: ['{matrix.a}']}}]       | .services[0].ready.command[0]
            services: [{name: s, image: i, when: [{a: x}]}]                         | .services
            caches: [{path: /usr}]                                                  | .caches
            reports: {junit: ['/*.xml']}                                            | ''
            """)
    void namesTheField(String yaml, String field) {
        assertThat(found(yaml)).get().extracting(FieldMistake::field).isEqualTo("spec.tasks[1]" + field);
    }

    private static Optional<String> mistake(String yaml) {
        return TaskRules.mistake(pipeline(List.of(), List.of(task("t", yaml)))).map(FieldMistake::problem);
    }

    private static Optional<FieldMistake> found(String yaml) {
        return TaskRules.mistake(pipeline(List.of(), List.of(task("s", ""), task("t", yaml))));
    }
}
