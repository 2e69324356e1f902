package dev.hearth.report;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.testreport.TestDurations;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The test durations of a step as JSON of at most 1 MiB. If they are larger, only the longest durations are written. */
public final class DurationsFile {
    private static final int LARGEST = 1 << 20;
    private static final ObjectMapper JSON =
            new ObjectMapper().setDefaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL));

    private DurationsFile() {}

    public static String write(TestDurations durations) {
        return write(durations, LARGEST);
    }

    static String write(TestDurations durations, int largest) {
        var note = new Note(new TreeMap<>(), new TreeMap<>());
        var room = largest - json(note).length;
        for (Entry entry : Entry.all(durations)) {
            room -= entry.size(note);
            if (room < 0) {
                break;
            }
            entry.put(note);
        }
        return new String(json(note), StandardCharsets.UTF_8);
    }

    /** Returns no durations if the note is empty or damaged: they only improve the split into shards. */
    public static TestDurations read(String note) {
        try {
            return Optional.ofNullable(note.isBlank() ? null : JSON.readValue(note, Note.class))
                    .map(it -> new TestDurations(it.tests(), it.files()))
                    .orElse(TestDurations.NONE);
        } catch (JsonProcessingException e) {
            return TestDurations.NONE;
        }
    }

    private static byte[] json(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("names and numbers are always JSON", e);
        }
    }

    private record Note(SortedMap<String, SortedMap<String, Double>> tests, SortedMap<String, Double> files) {
        @SuppressWarnings("NullAway") // JSON may lack either
        Note {
            tests = tests == null ? new TreeMap<>() : tests;
            files = files == null ? new TreeMap<>() : files;
        }
    }

    /** The duration of a test, or of a file if the class is null. */
    private record Entry(@Nullable String classname, String name, double seconds) {

        static Iterable<Entry> all(TestDurations durations) {
            var tests = durations.classes().entrySet().stream()
                    .flatMap(of -> of.getValue().entrySet().stream()
                            .map(test -> new Entry(of.getKey(), test.getKey(), test.getValue())));
            var files =
                    durations.files().entrySet().stream().map(file -> new Entry(null, file.getKey(), file.getValue()));
            return Stream.concat(files, tests)
                    .map(entry -> new Entry(entry.classname, entry.name, Math.round(entry.seconds * 1000) / 1000.0))
                    .sorted(Comparator.comparingDouble(Entry::seconds).reversed())
                    .toList();
        }

        /** Returns how many bytes the entry adds to the note. */
        int size(Note note) {
            var own = json(name).length + json(seconds).length + ":,".length();
            return classname == null || note.tests().containsKey(classname)
                    ? own
                    : own + json(classname).length + ":{},".length();
        }

        void put(Note note) {
            if (classname == null) {
                note.files().put(name, seconds);
            } else {
                note.tests().computeIfAbsent(classname, _ -> new TreeMap<>()).put(name, seconds);
            }
        }
    }
}
