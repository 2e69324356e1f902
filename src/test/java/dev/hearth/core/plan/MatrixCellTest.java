package dev.hearth.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class MatrixCellTest {
    @Test
    void nameShowsReadableValues() {
        var cell = MatrixCell.of(Map.of("tls", "on", "db", "postgres"));

        assertThat(cell.suffix()).isEqualTo("[db=postgres,tls=on]");
        assertThat(cell.directory()).startsWith("postgres-on-");
        assertThat(MatrixCell.of(Map.of("db", "debian-12.5")).directory()).isEqualTo("debian-12.5");
    }

    @Test
    void taskWithoutMatrixHasNoSuffix() {
        assertThat(MatrixCell.ONLY.suffix()).isEmpty();
        assertThat(MatrixCell.ONLY.directory()).isEmpty();
    }

    @Test
    void sameValueOfTwoKeysIsTwoCells() {
        assertApart(List.of(Map.of("db", "postgres"), Map.of("service", "postgres")));
    }

    @Test
    void valuesWithSeparatorsHaveTheirOwnNames() {
        assertApart(List.of(Map.of("a", "1, b=2"), Map.of("a", "1", "b", "2"), Map.of("a", "1,b=2")));
        assertApart(List.of(Map.of("a", "1\0b\0002"), Map.of("a", "1", "b", "2")));
        assertApart(List.of(
                Map.of("a", "x".repeat(30), "b", "y".repeat(39), "c", "1"),
                Map.of("a", "x".repeat(30), "b", "y".repeat(39), "c", "2")));
    }

    @Property
    void differentCellsHaveDifferentNames(@ForAll("matrices") List<Map<String, String>> matrix) {
        assertApart(matrix);
    }

    @Property
    void nameDoesNotDependOnTheOrderOfValues(@ForAll("values") Map<String, String> values, @ForAll Random random) {
        var keys = new java.util.ArrayList<>(values.keySet());
        java.util.Collections.shuffle(keys, random);
        var shuffled = new LinkedHashMap<String, String>();
        keys.forEach(key -> shuffled.put(key, values.getOrDefault(key, "")));

        assertThat(MatrixCell.of(shuffled).suffix())
                .isEqualTo(MatrixCell.of(values).suffix());
        assertThat(MatrixCell.of(shuffled).directory())
                .isEqualTo(MatrixCell.of(values).directory());
        assertThat(Names.taskPod("run", "t", MatrixCell.of(shuffled), 1))
                .isEqualTo(Names.taskPod("run", "t", MatrixCell.of(values), 1));
    }

    private static void assertApart(List<Map<String, String>> matrix) {
        var cells = MatrixExpansion.distinct(matrix);
        Set<String> names = new HashSet<>();
        Set<String> directories = new HashSet<>();
        Set<String> pods = new HashSet<>();
        for (MatrixCell cell : cells) {
            assertThat(names.add(cell.suffix())).as("name %s", cell.suffix()).isTrue();
            assertThat(directories.add(cell.directory())).as(cell.directory()).isTrue();
            assertThat(pods.add(Names.taskPod("run", "task", cell, 1))).isTrue();
            assertThat(pods.add(Names.taskPod("run", "task", cell, 2))).isTrue();
            assertThat(cell.suffix().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(100);
            assertThat(cell.suffix()).doesNotContainPattern("[\\p{Cc}\\p{Cf}]");
            assertThat(cell.directory()).matches("[A-Za-z0-9._-]{1,63}").doesNotStartWith(".");
        }
        assertThat(pods).allMatch(pod -> pod.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"));
    }

    @Provide
    Arbitrary<List<Map<String, String>>> matrices() {
        return values().list().ofMinSize(1).ofMaxSize(20);
    }

    @Provide
    Arbitrary<Map<String, String>> values() {
        var hostile = Arbitraries.of(
                "",
                "a",
                "b",
                "A",
                "a-b",
                "a,b=1",
                "a, b=1",
                "a=1",
                "..",
                ".",
                "/",
                "é",
                "日本",
                "日本語".repeat(40),
                "x".repeat(200),
                "\u202e",
                "\0",
                "[",
                "]",
                "~",
                "a~",
                "http://x/1",
                "http://x/2",
                "1",
                "1.0",
                "-",
                " ",
                "a b",
                "\n");
        var value = Arbitraries.oneOf(hostile, Arbitraries.strings().ofMaxLength(60));
        return Arbitraries.maps(Arbitraries.of("a", "b", "db", "d", "example"), value)
                .ofMinSize(1)
                .ofMaxSize(4);
    }
}
