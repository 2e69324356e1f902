package dev.hearth.core.plan;

import dev.hearth.api.MatrixSpec;
import dev.hearth.api.TaskSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Expands the matrix of a task into its cells. */
public final class MatrixExpansion {
    /** Cells of all tasks of a run. More would not fit into its status. */
    public static final int MAX_CELLS = 256;

    /** Combinations that are expanded. A matrix with more is only counted. */
    private static final int MAX_EXPANDED = 64 * 64;

    private MatrixExpansion() {}

    /**
     * Returns the cells that the spec lists: the combinations of the axes, in the order of the axes' names and their values,
     * then the included cells. A task without a matrix has one cell without values, a task with a computed matrix has none.
     */
    public static List<MatrixCell> listed(TaskSpec task) {
        var matrix = task.matrix();
        if (matrix == null) {
            return task.hasComputedMatrix() ? List.of() : List.of(MatrixCell.ONLY);
        }
        return matrix.from() == null ? expand(matrix) : List.of();
    }

    private static List<MatrixCell> expand(MatrixSpec matrix) {
        var cells = new ArrayList<Map<String, String>>();
        if (!matrix.axes().isEmpty()) {
            combinations(matrix)
                    .filter(cell -> !excludes(matrix, cell))
                    .distinct()
                    .forEach(cells::add);
        }
        var combinations = cells.size();
        for (Map<String, String> included : matrix.include()) {
            var extended = extend(matrix, cells.subList(0, combinations), included);
            if (!extended) {
                cells.add(included);
            }
        }
        return distinct(cells);
    }

    /** Returns the cells, equal ones only once. */
    static List<MatrixCell> distinct(List<Map<String, String>> cells) {
        return MatrixCell.of(List.copyOf(new LinkedHashSet<>(cells)));
    }

    /** Returns the number of cells. For a very large matrix, exclude is ignored. */
    public static long count(MatrixSpec matrix) {
        var combinations = combinationCount(matrix);
        return combinations > MAX_CELLS && combinations <= MAX_EXPANDED
                ? expand(matrix).size()
                : combinations;
    }

    /** Whether a matrix has no cells. One that is too large to expand is not empty, but {@link #count too large}. */
    public static boolean isEmpty(MatrixSpec matrix) {
        return combinationCount(matrix) <= MAX_EXPANDED && expand(matrix).isEmpty();
    }

    private static long combinationCount(MatrixSpec matrix) {
        var combinations = matrix.axes().isEmpty()
                ? 0
                : matrix.axes().values().stream().mapToLong(List::size).reduce(1, Math::multiplyExact);
        return combinations + matrix.include().size();
    }

    private static Stream<Map<String, String>> combinations(MatrixSpec matrix) {
        Stream<Map<String, String>> cells = Stream.of(Map.of());
        for (var axis : new TreeMap<>(matrix.axes()).entrySet()) {
            cells = cells.flatMap(cell -> axis.getValue().stream().map(value -> {
                var longer = new LinkedHashMap<>(cell);
                longer.put(axis.getKey(), value);
                return longer;
            }));
        }
        return cells;
    }

    private static boolean excludes(MatrixSpec matrix, Map<String, String> cell) {
        return matrix.exclude().stream().anyMatch(entry -> cell.entrySet().containsAll(entry.entrySet()));
    }

    private static boolean extend(MatrixSpec matrix, List<Map<String, String>> cells, Map<String, String> included) {
        if (matrix.axes().isEmpty()
                || !included.keySet().containsAll(matrix.axes().keySet())) {
            return false;
        }
        for (var at = 0; at < cells.size(); at++) {
            var cell = cells.get(at);
            if (matrix.axes().keySet().stream().allMatch(axis -> Objects.equals(included.get(axis), cell.get(axis)))) {
                var longer = new LinkedHashMap<>(cell);
                longer.putAll(included);
                cells.set(at, longer);
                return true;
            }
        }
        return false;
    }
}
