package dev.hearth.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultStoreTest {
    private static final RunId RUN = new RunId("ci", "hello-1", "11111111-aaaa");
    private static final RunId OTHER = new RunId("ci", "hello-1", "22222222-bbbb");
    private static final RunId THIRD = new RunId("tools", "x", "33333333-cccc");
    private static final String STEP = "database[db=postgres]";
    private static final int KIB = 1024;

    @TempDir
    Path folder;

    @Test
    void storesLogsFilesAndNotesOfEachStepSeparately() throws IOException {
        // Given
        var store = store();

        // When
        store.keepLog(RUN, STEP, "task", text("text\n"), Set.of());
        store.keepLog(RUN, "image/linux/amd64", "buildkitd", text("built\n"), Set.of());
        store.keepFile(RUN, STEP, "reports/junit.xml", text("<xml/>"));
        store.keepNote(RUN, STEP, "durations", "{}");
        store.keepLog(OTHER, STEP, "task", text("another run\n"), Set.of());

        // Then: another store on the same volume finds them
        var again = store();
        assertThat(again.steps(RUN)).containsExactly(STEP, "image/linux/amd64");
        assertThat(again.logs(RUN, STEP)).containsExactly(new StoredItem("task", 5));
        assertThat(again.files(RUN, STEP)).containsExactly(new StoredItem("reports/junit.xml", 6));
        assertThat(again.readNote(RUN, STEP, "durations")).hasValue("{}");
        assertThat(again.readNote(RUN, STEP, "other")).isEmpty();
        assertThat(again.hasLog(RUN, STEP, "task")).isTrue();
        assertThat(again.hasLog(RUN, STEP, "other")).isFalse();
        assertThat(again.log(RUN, STEP, "task"))
                .hasValueSatisfying(it -> assertThat(it).hasContent("text\n"));
        assertThat(again.file(RUN, STEP, "reports/junit.xml"))
                .hasValueSatisfying(it -> assertThat(it).hasContent("<xml/>"));
        assertThat(again.logs(THIRD, STEP)).isEmpty();
    }

    @Test
    void copiesWhatARunDoesNotHaveYet() throws IOException {
        var store = store();
        store.keepLog(RUN, STEP, "task", text("text\n"), Set.of());
        store.keepFile(RUN, STEP, "reports/junit.xml", text("<xml/>"));
        store.keepNote(RUN, STEP, "durations", "{}");
        store.keepLog(RUN, "other", "task", text("other\n"), Set.of());
        store.keepFile(THIRD, STEP, "reports/junit.xml", text("<own/>"));

        store.copy(RUN, THIRD, STEP);
        store.copy(OTHER, THIRD, STEP);

        assertThat(store.steps(THIRD)).containsExactly(STEP);
        assertThat(store.log(THIRD, STEP, "task"))
                .hasValueSatisfying(it -> assertThat(it).hasContent("text\n"));
        assertThat(store.file(THIRD, STEP, "reports/junit.xml"))
                .hasValueSatisfying(it -> assertThat(it).hasContent("<own/>"));
        assertThat(store.readNote(THIRD, STEP, "durations")).hasValue("{}");
        assertThat(store.steps(RUN)).containsExactly(STEP, "other");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../../../../../../etc/passwd", "/etc/passwd", "..", ".", "a/../b", "\u0000", "C:\\x", "a\nb"})
    void storesHostileNamesInsideTheFolder(String name) throws IOException {
        var store = store();

        store.keepFile(RUN, name, name, text("content"));
        store.keepLog(RUN, name, name, text("log"), Set.of());

        assertThat(store.steps(RUN)).containsExactly(name);
        assertThat(store.files(RUN, name)).containsExactly(new StoredItem(name, 7));
        assertThat(store.file(RUN, name, name))
                .hasValueSatisfying(file -> assertThat(file.normalize()).startsWith(folder));
        assertThat(files()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "a/b", "", "A", "a\u0000", "-a", "a."})
    void rejectsInvalidNamesOfRuns(String name) {
        assertThatThrownBy(() -> new RunId("ci", name, "1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RunId(name, "a", "1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RunId("ci", "a", name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void storesLogsAsPlainTextWithMaskedSecrets() throws IOException {
        var filler = ".".repeat(8190);

        store().keepLog(RUN, STEP, "task", text(filler + "correct-\u001b[1mhorse\r\n\u00e9"), Set.of("correct-horse"));

        assertThat(log()).isEqualTo(filler + "***\n\u00e9");
    }

    @Test
    void replacesInvalidBytesInLogs() throws IOException {
        store().keepLog(RUN, STEP, "task", new ByteArrayInputStream(new byte[] {'a', (byte) 0xFF, 'b'}), Set.of());

        assertThat(log()).isEqualTo("a\ufffdb");
    }

    @Test
    void storesTheBeginningAndTheEndOfALongLog() throws IOException {
        // Given
        var lines = IntStream.range(0, 300_000)
                .mapToObj("line %d of many\n"::formatted)
                .toList();
        var size = lines.stream().mapToLong(String::length).sum();

        // When
        store().keepLog(RUN, STEP, "task", stream(lines), Set.of());

        // Then: whole lines, and between them the number of omitted bytes
        var log = log();
        var stored = log.lines().filter(line -> !line.startsWith("[")).toList();
        assertThat(stored).startsWith("line 0 of many", "line 1 of many").endsWith("line 299999 of many");
        assertThat(stored).allMatch(line -> line.matches("line [0-9]+ of many"));
        assertThat(log.length()).isBetween(1000 * KIB, 1025 * KIB);
        var omitted =
                size - stored.stream().mapToLong(line -> line.length() + 1).sum();
        assertThat(log).contains("\n[hearth left out " + omitted + " bytes here: it stores at most 1048576 bytes");
        assertThat(log.indexOf("[hearth")).isBetween(255 * KIB, 256 * KIB);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255 * KIB, 256 * KIB, 257 * KIB, 700 * KIB, 1024 * KIB})
    void storesALogWithinTheLimitCompletely(int size) throws IOException {
        var text = "0123456789abcde\n".repeat(size / 16);

        store().keepLog(RUN, STEP, "task", text(text), Set.of());

        assertThat(log()).isEqualTo(text);
    }

    @Test
    void cutsALongLineBetweenCharacters() throws IOException {
        store().keepLog(RUN, STEP, "task", text("\u20ac".repeat(1_000_000)), Set.of());

        assertThat(log()).doesNotContain("\ufffd").startsWith("\u20ac").endsWith("\u20ac");
        assertThat(log().lines()).hasSize(3);
    }

    @Test
    void storesNothingOfAStreamThatFails() throws IOException {
        var store = store();
        var broken = new SequenceInputStream(text("first part\n".repeat(100_000)), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection reset");
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return read();
            }
        });

        assertThatThrownBy(() -> store.keepLog(RUN, STEP, "task", broken, Set.of()))
                .hasMessage("connection reset");

        assertThat(store.hasLog(RUN, STEP, "task")).isFalse();
        assertThat(files()).isEmpty();
    }

    @Test
    void replacesAnEarlierFileAndItsSize() throws IOException {
        var store = store();

        for (int i = 0; i < 100; i++) {
            store.keepFile(RUN, STEP, "big", text("x".repeat(500 * KIB)));
        }
        store.keepFile(RUN, STEP, "big", text("last"));

        assertThat(store.files(RUN, STEP)).containsExactly(new StoredItem("big", 4));
    }

    @Test
    void enforcesTheLimitOfARun() throws IOException {
        // Given
        var store = store();
        store.keepFile(RUN, STEP, "first", text("x".repeat(1500 * KIB)));

        // Then
        assertThatThrownBy(() -> store.keepFile(RUN, STEP, "second", text("x".repeat(600 * KIB))))
                .isInstanceOf(ResultsFull.class)
                .hasMessageContaining("results.runLimit");
        store.keepLog(RUN, STEP, "task", text("y".repeat(600 * KIB)), Set.of());
        assertThat(log()).startsWith("[hearth did not store this log").contains("results.runLimit");
        assertThat(store.files(RUN, STEP)).containsExactly(new StoredItem("first", 1500 * KIB));
    }

    @Test
    void deletesResultsOfTheOldestRunForGood() throws IOException {
        // Given: two runs that together nearly fill the store
        var before = store();
        before.keepFile(OTHER, STEP, "a", text("x".repeat(1400 * KIB)));
        before.keepFile(RUN, STEP, "b", text("x".repeat(1400 * KIB)));
        aged(RUN, 2);
        aged(OTHER, 1);

        // When: another operator stores a file
        var store = store();
        store.keepFile(THIRD, STEP, "c", text("x".repeat(1000 * KIB)));

        // Then
        assertThat(store.isEmptied(RUN)).isTrue();
        assertThat(store.file(RUN, STEP, "b")).isEmpty();
        assertThat(store.file(OTHER, STEP, "a")).isPresent();
        assertThat(store.file(THIRD, STEP, "c")).isPresent();
        assertThatThrownBy(() -> store.keepLog(RUN, STEP, "task", text("again"), Set.of()))
                .isInstanceOf(ResultsFull.class);
        assertThat(store().isEmptied(RUN)).isTrue();
    }

    @Test
    void sweepDeletesOnlyResultsOfDeletedRunsAndOldIncompleteFiles() throws IOException {
        // Given
        var store = store();
        for (RunId run : List.of(RUN, OTHER, THIRD)) {
            store.keepLog(run, STEP, "task", text("x"), Set.of());
        }
        Files.writeString(folder.resolve("incoming/incomplete"), "incomplete");

        // When
        store.sweep(() -> OTHER::equals, Instant.now().minusSeconds(3600));

        // Then
        assertThat(store.steps(RUN)).isEmpty();
        assertThat(store.steps(OTHER)).containsExactly(STEP);
        assertThat(folder.resolve("runs/tools")).doesNotExist();
        assertThat(folder.resolve("incoming/incomplete")).exists();

        // When: much later
        store.sweep(() -> OTHER::equals, Instant.now().plusSeconds(3600));

        // Then
        assertThat(folder.resolve("incoming/incomplete")).doesNotExist();
    }

    @Test
    void sweepThatCannotListRunsDeletesNothing() throws IOException {
        var store = store();
        store.keepLog(RUN, STEP, "task", text("x"), Set.of());

        assertThatThrownBy(() -> store.sweep(
                        () -> {
                            throw new IllegalStateException("no API server");
                        },
                        Instant.EPOCH))
                .hasMessage("no API server");

        assertThat(store.hasLog(RUN, STEP, "task")).isTrue();
    }

    private ResultStore store() {
        return new ResultStore(folder, new StoreLimits(1024 * KIB, 2000 * KIB, 3000 * KIB, 3000 * KIB), _ -> true);
    }

    private String log() throws IOException {
        return Files.readString(store().log(RUN, STEP, "task").orElseThrow());
    }

    private void aged(RunId run, int hours) throws IOException {
        Files.setLastModifiedTime(
                new RunFolders(folder).folder(run),
                FileTime.from(Instant.parse("2026-01-01T12:00:00Z").minusSeconds(hours * 3600L)));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static InputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static InputStream stream(List<String> lines) {
        return new SequenceInputStream(Collections.enumeration(
                lines.stream().map(ResultStoreTest::text).toList()));
    }
}
