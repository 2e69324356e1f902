package dev.hearth.controller.run.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MatrixFileReaderTest {
    @Test
    void eachLegOnceInTheOrderOfTheFile() throws Exception {
        assertThat(MatrixFileReader.read("[{\"b\": \"x\", \"a\": 1}, {\"a\": true}, {\"a\": 1, \"b\": \"x\"}]"))
                .isEqualTo(List.of(Map.of("a", "1", "b", "x"), Map.of("a", "true")));
        assertThat(MatrixFileReader.read("[]")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1.10, 1.10", "1, 1", "-0.5, -0.5", "12345678901234567890123, 12345678901234567890123", "1e400, 1E+400"
    })
    void numbersStayAsTheyAreWritten(String number, String value) throws Exception {
        assertThat(MatrixFileReader.read("[{\"a\": " + number + "}]")).isEqualTo(List.of(Map.of("a", value)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  ",
                "null",
                "{}",
                "\"a\"",
                "[",
                "[1]",
                "[null]",
                "[[]]",
                "[{}]",
                "[{\"a\": null}]",
                "[{\"a\": {}}]",
                "[{\"a\": [1]}]",
                "[{\"a\": {\"b\": {\"c\": 1}}}]",
                "[{\"a\": 1, \"a\": 2}]",
                "[{\"a\": 1}] x",
                "[{\"a\": 1}] []",
                "[{\"A\": 1}]",
                "[{\"a-b\": 1}]",
                "[{\"\": 1}]",
                "[{\"a\": NaN}]",
                "[{\"a\": \"\\u0000\"}]",
                "[{\"a\": \"\\u202e\"}]",
                "[{\"a\": \"\\ud800\"}]",
                "[{\"a\": \"x\\ny\"}]",
                "[{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1}]"
            })
    void rejectsAFileThatIsNoListOfCells(String text) {
        assertThatThrownBy(() -> MatrixFileReader.read(text)).isInstanceOf(MatrixFileReader.Invalid.class);
    }

    @Test
    void rejectsValuesListsAndNestingThatAreTooLarge() {
        assertInvalid("[{\"a\": \"" + "x".repeat(257) + "\"}]", "more than 256 characters");
        assertInvalid("[" + " ".repeat(MatrixFileReader.LARGEST) + "]", "16 KiB");
        assertInvalid("[".repeat(10_000), "not JSON");
        assertInvalid("[{\"a\": " + "9".repeat(2000) + "}]", "not JSON");
        assertInvalid(cells(257), "it lists 257 cells");
    }

    @Test
    void acceptsAsManyCellsAsARunCanHave() throws Exception {
        assertThat(MatrixFileReader.read(cells(256))).hasSize(256);
    }

    @Test
    void namesTheInvalidEntry() {
        assertInvalid("[{\"a\": 1}, {\"a\": 1}, {\"a\": 1}, {\"a\": null}]", "entry 4 has");
    }

    @Test
    void messageHasNoControlCharactersOfTheFile() {
        assertInvalid("[\u202e\u001b[31mred]", "not JSON");
        assertInvalid("[{\"" + "\u202e".repeat(5000) + "\": 1, \"" + "\u202e".repeat(5000) + "\": 2}]", "not JSON");
    }

    @Property
    void anyTextIsCellsOrRejected(@ForAll String text) {
        try {
            assertThat(MatrixFileReader.read(text))
                    .allSatisfy(cell -> assertThat(cell).isNotEmpty());
        } catch (MatrixFileReader.Invalid e) {
            assertThat(e).message().isNotBlank();
        }
    }

    private static void assertInvalid(String text, String message) {
        assertThatThrownBy(() -> MatrixFileReader.read(text))
                .isInstanceOf(MatrixFileReader.Invalid.class)
                .hasMessageContaining(message)
                .message()
                .hasSizeLessThan(500)
                .doesNotContainPattern("[\\p{Cc}\\p{Cf}]");
    }

    private static String cells(int count) {
        return IntStream.range(0, count)
                .mapToObj(it -> "{\"a\": " + it + "}")
                .collect(Collectors.joining(",", "[", "]"));
    }
}
