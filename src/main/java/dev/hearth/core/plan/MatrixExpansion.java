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

/** The legs of a task. */
public final class MatrixExpansion {
    /** More than this in one run would be more than its status can hold. */
    public static final int MOST = 256;

    /** More combinations than this are not made. */
    private static final int COUNTED = 64 * 64;

    private MatrixExpansion() {}

    /**
     * Those that the spec lists: the combinations of the axes, in the order of the axes' names and their values, then those
     * that are included.
     *
     * @return one without values for a task without a matrix; none for one whose legs are computed
     */
    public static List<MatrixCell> listed(TaskSpec task) {
        var matrix = task.matrix();
        if (matrix == null) {
            return task.hasComputedMatrix() ? List.of() : List.of(MatrixCell.ONLY);
        }
        return matrix.from() == null ? of(matrix) : List.of();
    }

    private static List<MatrixCell> of(MatrixSpec matrix) {
        var legs = new ArrayList<Map<String, String>>();
        if (!matrix.axes().isEmpty()) {
            combinations(matrix)
                    .filter(leg -> !excluded(matrix, leg))
                    .distinct()
                    .forEach(legs::add);
        }
        var combinations = legs.size();
        for (Map<String, String> included : matrix.include()) {
            var extended = extended(matrix, legs.subList(0, combinations), included);
            if (!extended) {
                legs.add(included);
            }
        }
        return distinct(legs);
    }

    /** The same values twice are one leg. */
    static List<MatrixCell> distinct(List<Map<String, String>> legs) {
        return MatrixCell.of(List.copyOf(new LinkedHashSet<>(legs)));
    }

    /** How many legs a matrix has, for a problem to be told before it is one: of very many they are only counted. */
    public static long count(MatrixSpec matrix) {
        var most = counted(matrix);
        return most > MatrixExpansion.MOST && most <= COUNTED ? of(matrix).size() : most;
    }

    /** Whether it leaves nothing to run. One that is too large to look at is not empty, but {@link #count too large}. */
    public static boolean none(MatrixSpec matrix) {
        return counted(matrix) <= COUNTED && of(matrix).isEmpty();
    }

    private static long counted(MatrixSpec matrix) {
        var combinations = matrix.axes().isEmpty()
                ? 0
                : matrix.axes().values().stream().mapToLong(List::size).reduce(1, Math::multiplyExact);
        return combinations + matrix.include().size();
    }

    private static Stream<Map<String, String>> combinations(MatrixSpec matrix) {
        Stream<Map<String, String>> legs = Stream.of(Map.of());
        for (var axis : new TreeMap<>(matrix.axes()).entrySet()) {
            legs = legs.flatMap(leg -> axis.getValue().stream().map(value -> {
                var longer = new LinkedHashMap<>(leg);
                longer.put(axis.getKey(), value);
                return longer;
            }));
        }
        return legs;
    }

    private static boolean excluded(MatrixSpec matrix, Map<String, String> leg) {
        return matrix.exclude().stream().anyMatch(entry -> leg.entrySet().containsAll(entry.entrySet()));
    }

    private static boolean extended(MatrixSpec matrix, List<Map<String, String>> legs, Map<String, String> included) {
        if (matrix.axes().isEmpty()
                || !included.keySet().containsAll(matrix.axes().keySet())) {
            return false;
        }
        for (var at = 0; at < legs.size(); at++) {
            var leg = legs.get(at);
            if (matrix.axes().keySet().stream().allMatch(axis -> Objects.equals(included.get(axis), leg.get(axis)))) {
                var longer = new LinkedHashMap<>(leg);
                longer.putAll(included);
                legs.set(at, longer);
                return true;
            }
        }
        return false;
    }
}
