package dev.hearth.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.testreport.TestDurations;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsFileTest {

    @Property
    void readsWhatItWrote(@ForAll("durations") TestDurations durations) {
        assertThat(DurationsFile.read(DurationsFile.write(durations))).isEqualTo(durations);
    }

    @Property
    void neverExceedsTheLimit(
            @ForAll("durations") TestDurations durations, @ForAll @IntRange(min = 30, max = 500) int largest) {
        var note = DurationsFile.write(durations, largest);
        assertThat(note.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(largest);
        assertThat(durations.classes().keySet())
                .containsAll(DurationsFile.read(note).classes().keySet());
    }

    @Test
    void keepsTheLongestDurations() {
        var tests = new TreeMap<String, Double>();
        for (int i = 0; i < 100_000; i++) {
            tests.put("test" + i, i / 1000.0);
        }

        var note = DurationsFile.write(new TestDurations(new TreeMap<>(Map.of("c", tests)), new TreeMap<>()));

        assertThat(note.length()).isBetween(1_000_000, 1 << 20);
        var durations = DurationsFile.read(note).classes().get("c");
        assertThat(durations).containsKeys("test99999", "test60000").doesNotContainKey("test1");
    }

    @Test
    void writesTheExpectedJson() {
        var durations = new TestDurations(
                new TreeMap<>(Map.of("C", new TreeMap<>(Map.of("a", 1.23456)))), new TreeMap<>(Map.of("f", 2.0)));
        assertThat(DurationsFile.write(durations)).isEqualTo("{\"tests\":{\"C\":{\"a\":1.235}},\"files\":{\"f\":2.0}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "{",
                "[]",
                "7",
                "{\"tests\":{\"a\":7}}",
                "{\"files\":{\"a\":null}}",
                "{\"tests\":{\"a\":null}}",
                "{\"tests\":{\"a\":{\"b\":\"x\"}}}"
            })
    void ignoresADamagedNote(String note) {
        assertThat(DurationsFile.read(note)).isEqualTo(TestDurations.NONE);
    }

    @Provide
    Arbitrary<TestDurations> durations() {
        var seconds = Arbitraries.integers().between(0, 10_000_000).map(millis -> millis / 1000.0);
        var names = Arbitraries.strings().ascii().ofMaxLength(12);
        Arbitrary<SortedMap<String, Double>> tests =
                Arbitraries.maps(names, seconds).ofMinSize(1).ofMaxSize(8).map(TreeMap::new);
        return Combinators.combine(Arbitraries.maps(names, tests).ofMaxSize(5), tests)
                .as((classes, files) -> new TestDurations(new TreeMap<>(classes), files));
    }
}
