package dev.hearth.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredNameTest {
    private static final Path FOLDER = Path.of("/folder");

    @ParameterizedTest
    @CsvSource({
        "task, task",
        "database[db=postgres], database%5Bdb=postgres%5D",
        "image.minimal/linux/arm/v7, image.minimal%2Flinux%2Farm%2Fv7",
        "../../etc/passwd, %2E.%2F..%2Fetc%2Fpasswd",
        "., %2E",
        "/, %2F",
        "a+, a%2B",
    })
    void encodesAShortNameAsOneSegment(String name, String part) {
        assertThat(StoredName.in(FOLDER, name)).isEqualTo(FOLDER.resolve(part));
    }

    @Test
    void rejectsEmptyAndTooLongNames() {
        assertThatThrownBy(() -> StoredName.in(FOLDER, "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StoredName.in(FOLDER, "a".repeat(1025))).isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void decodesWhatItEncoded(@ForAll("names") String name) {
        assertThat(StoredName.of(FOLDER, StoredName.in(FOLDER, name))).isEqualTo(name);
    }

    @Property
    void pathIsAlwaysInTheFolder(@ForAll("names") String name) {
        var place = StoredName.in(FOLDER, name);

        assertThat(place.normalize()).isEqualTo(place);
        assertThat(place).startsWithRaw(FOLDER).isNotEqualTo(FOLDER);
        assertThat((Iterable<Path>) place)
                .allSatisfy(part -> assertThat(part.toString().getBytes(StandardCharsets.UTF_8))
                        .hasSizeLessThan(256));
    }

    /** Neither are the paths of two names equal, nor is one the folder of the other. */
    @Property
    void pathsOfDifferentNamesDoNotCollide(@ForAll("names") String one, @ForAll("names") String other) {
        Assume.that(!one.equals(other));

        assertThat(StoredName.in(FOLDER, one).startsWith(StoredName.in(FOLDER, other)))
                .isFalse();
    }

    @Provide
    Arbitrary<String> names() {
        var hostile = Arbitraries.of(
                        "..", "/", ".", "a", "%", "+", "\\", "\u0000", "\u00e9", "\ud83d\ude00", "x".repeat(99))
                .list()
                .ofMinSize(1)
                .ofMaxSize(9)
                .map(parts -> String.join("", parts));
        return Arbitraries.oneOf(
                hostile, Arbitraries.strings().ascii().ofMinLength(1).ofMaxLength(300));
    }
}
