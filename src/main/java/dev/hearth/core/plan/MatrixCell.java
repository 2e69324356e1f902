package dev.hearth.core.plan;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One cell of a task's matrix, or one shard: the values that tell it from the others. A task without either has one leg
 * without values. Its names depend on nothing but the values, so a leg is called the same in every run.
 *
 * @param alike whether another leg of the task has the same values as far as a name shows them
 */
public record MatrixCell(SortedMap<String, String> values, boolean alike) {
    public static final MatrixCell ONLY = of(Map.of());
    /** Key of a shard's number, counted from 1. */
    public static final String SHARD = "shard";

    /** What a person still reads in a name; an address or a command would only hide the rest. */
    private static final Pattern SHOWN = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}._+ -]{0,39}");

    /** Bytes: a status lists hundreds of names. */
    private static final int LONGEST = 80;

    private static final int LONGEST_READABLE = 40;

    public MatrixCell {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    public static MatrixCell of(Map<String, String> values) {
        return new MatrixCell(new TreeMap<>(values), false);
    }

    /** Legs that tell themselves from each other. */
    static List<MatrixCell> of(List<Map<String, String>> legs) {
        var alone = legs.stream().map(MatrixCell::of).toList();
        var shown = counted(alone, MatrixCell::text);
        var directories = counted(alone, MatrixCell::directory);
        return alone.stream()
                .map(leg -> new MatrixCell(
                        leg.values(),
                        shown.getOrDefault(leg.text(), 0L) > 1 || directories.getOrDefault(leg.directory(), 0L) > 1))
                .toList();
    }

    private static Map<String, Long> counted(List<MatrixCell> legs, Function<MatrixCell, String> name) {
        return legs.stream().collect(Collectors.groupingBy(name, Collectors.counting()));
    }

    /** What follows the task's name: {@code [db=postgres,tls=on]}, or nothing. */
    public String suffix() {
        if (values.isEmpty()) {
            return "";
        }
        var text = text();
        return "[" + text + (alike || text.isEmpty() ? "~" + hash() : "") + "]";
    }

    /** The values as a name of a directory: {@code postgres-on}. Another leg never has the same. */
    public String directory() {
        if (values.isEmpty()) {
            return "";
        }
        var text = String.join("-", shown().values()).replaceAll("[^A-Za-z0-9._]+", "-");
        if (text.isEmpty()) {
            return hash();
        }
        if (!alike && values.size() == 1 && values.containsValue(text)) {
            return text;
        }
        return text.substring(0, Math.min(LONGEST_READABLE, text.length())) + "-" + hash();
    }

    /** All values in one text; that of other values is another. */
    String identity() {
        return values.entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue().length() + ":" + value.getValue())
                .collect(Collectors.joining(","));
    }

    private String text() {
        var text = shown().entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue())
                .collect(Collectors.joining(","));
        while (text.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
            text = text.substring(0, text.offsetByCodePoints(text.length(), -1));
        }
        return text;
    }

    private SortedMap<String, String> shown() {
        var shown = new TreeMap<>(values);
        shown.values().removeIf(value -> !SHOWN.matcher(value).matches());
        return shown;
    }

    private String hash() {
        return Names.hash(8, identity());
    }
}
