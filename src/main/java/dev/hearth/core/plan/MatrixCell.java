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
 * One cell of a task's matrix, or one shard: its values. A task without either has one cell without values. The names of a
 * cell depend on its values only, so they are the same in each run.
 *
 * @param ambiguous whether the name of another cell would be the same without a hash
 */
public record MatrixCell(SortedMap<String, String> values, boolean ambiguous) {
    public static final MatrixCell ONLY = of(Map.of());
    /** Key of the number of a shard, counted from 1. */
    public static final String SHARD = "shard";

    /** Values that are shown in names. Long values, addresses and commands would make a name hard to read. */
    private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9._]+");

    private static final Pattern READABLE = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}._+ -]{0,39}");

    /** Bytes. A status has hundreds of names. */
    private static final int MAX_TEXT = 80;

    private static final int MAX_DIRECTORY = 40;

    public MatrixCell {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    public static MatrixCell of(Map<String, String> values) {
        return new MatrixCell(new TreeMap<>(values), false);
    }

    /** Returns the cells of a matrix, with names that are unique among them. */
    static List<MatrixCell> of(List<Map<String, String>> matrix) {
        var cells = matrix.stream().map(MatrixCell::of).toList();
        var texts = count(cells, MatrixCell::text);
        var directories = count(cells, MatrixCell::directory);
        return cells.stream()
                .map(cell -> new MatrixCell(
                        cell.values(),
                        texts.getOrDefault(cell.text(), 0L) > 1 || directories.getOrDefault(cell.directory(), 0L) > 1))
                .toList();
    }

    private static Map<String, Long> count(List<MatrixCell> cells, Function<MatrixCell, String> name) {
        return cells.stream().collect(Collectors.groupingBy(name, Collectors.counting()));
    }

    /** Returns the suffix of the step's name: {@code [db=postgres,tls=on]}. Empty for a cell without values. */
    public String suffix() {
        if (values.isEmpty()) {
            return "";
        }
        var text = text();
        return "[" + text + (ambiguous || text.isEmpty() ? "~" + hash() : "") + "]";
    }

    /** Returns a directory name that is unique in the matrix: {@code postgres-on}. Empty for a cell without values. */
    public String directory() {
        if (values.isEmpty()) {
            return "";
        }
        var text = UNSAFE.matcher(String.join("-", readable().values())).replaceAll("-");
        if (text.isEmpty()) {
            return hash();
        }
        if (!ambiguous && values.size() == 1 && values.containsValue(text)) {
            return text;
        }
        return text.substring(0, Math.min(MAX_DIRECTORY, text.length())) + "-" + hash();
    }

    /** Returns all values as one text, which differs for different values. */
    String identity() {
        return values.entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue().length() + ":" + value.getValue())
                .collect(Collectors.joining(","));
    }

    private String text() {
        var text = readable().entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue())
                .collect(Collectors.joining(","));
        while (text.getBytes(StandardCharsets.UTF_8).length > MAX_TEXT) {
            text = text.substring(0, text.offsetByCodePoints(text.length(), -1));
        }
        return text;
    }

    private SortedMap<String, String> readable() {
        var readable = new TreeMap<>(values);
        readable.values().removeIf(value -> !READABLE.matcher(value).matches());
        return readable;
    }

    private String hash() {
        return Names.hash(8, identity());
    }
}
