package dev.hearth.core.validation;

import dev.hearth.api.MatrixSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.ServiceSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.folder.ReportFolders;
import dev.hearth.core.plan.MatrixExpansion;
import dev.hearth.core.plan.Template;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds mistakes in tasks that the schema cannot find: placeholders without a value, matrices that are empty or too large,
 * and folders that cannot be volumes.
 */
public final class TaskRules {
    private static final String MATRIX = "matrix.";

    private TaskRules() {}

    /**
     * Returns the first mistake and what to do about it. Empty if there is none. Mistakes in a computed matrix are found once
     * it is computed.
     */
    public static Optional<String> mistake(PipelineSpec spec) {
        return spec.tasks().stream()
                .flatMap(task -> Stream.of(
                                invalidKey(task),
                                tooLarge(task),
                                empty(task),
                                unknownPlaceholder(task),
                                unreachableService(task),
                                ReportFolders.problem(task),
                                CacheFolderRules.problem(task),
                                WindowsTaskRules.problem(task))
                        .flatMap(Optional::stream))
                .findFirst()
                .or(() -> tooMany(spec));
    }

    /** Checks keys here, since the cost of a schema rule would exceed its budget. */
    private static Optional<String> invalidKey(TaskSpec task) {
        var matrix = task.matrix();
        if (matrix == null) {
            return Optional.empty();
        }
        return keys(matrix).stream()
                .filter(key -> !key.matches("[a-z][A-Za-z0-9]*"))
                .findFirst()
                .map(key -> "the matrix of task " + task.name() + " has the key " + key
                        + ", which cannot be used in a placeholder: use letters and digits, and begin with a lower-case"
                        + " letter")
                .or(() -> matrix.exclude().stream()
                        .flatMap(entry -> entry.keySet().stream())
                        .filter(key -> !matrix.axes().containsKey(key))
                        .findFirst()
                        .map(key -> "the matrix of task " + task.name() + " has " + key
                                + " in exclude, which is not one of its axes"));
    }

    private static Optional<String> tooLarge(TaskSpec task) {
        return Optional.ofNullable(task.matrix())
                .filter(matrix -> MatrixExpansion.count(matrix) > MatrixExpansion.MAX_CELLS)
                .map(matrix -> "the matrix of task " + task.name() + " has " + MatrixExpansion.count(matrix)
                        + " cells, and a run has " + MatrixExpansion.MAX_CELLS
                        + " at most: remove values, or split the pipeline");
    }

    /** A task without cells would not be in the run, and steps that need it would run as if it had passed. */
    private static Optional<String> empty(TaskSpec task) {
        return Optional.ofNullable(task.matrix())
                .filter(matrix -> matrix.from() == null && MatrixExpansion.isEmpty(matrix))
                .map(matrix -> "the matrix of task " + task.name() + " has no cells, because "
                        + (matrix.axes().values().stream().anyMatch(List::isEmpty)
                                ? "an axis has no values: give it at least one"
                                : "exclude removes all combinations: remove entries from exclude")
                        + ", or remove the task");
    }

    private static Optional<String> tooMany(PipelineSpec spec) {
        var cells = spec.tasks().stream()
                .mapToInt(task -> MatrixExpansion.listed(task).size())
                .sum();
        return cells > MatrixExpansion.MAX_CELLS
                ? Optional.of("the matrices of the tasks have " + cells + " cells, and a run has "
                        + MatrixExpansion.MAX_CELLS + " at most: remove values, or split the pipeline")
                : Optional.empty();
    }

    private static Optional<String> unknownPlaceholder(TaskSpec task) {
        var known = keys(task);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        return texts(task)
                .flatMap(text -> Template.names(text).stream())
                .filter(name -> name.startsWith(MATRIX) && !known.get().contains(name.substring(MATRIX.length())))
                .findFirst()
                .map(name -> "task " + task.name() + " uses {" + name + "}, which its matrix does not have"
                        + (known.get().isEmpty() ? "" : ": it has " + String.join(", ", known.get())));
    }

    /** A condition on a key that the matrix does not have would remove the service without a message. */
    private static Optional<String> unreachableService(TaskSpec task) {
        var known = keys(task);
        return task.services().stream()
                .flatMap(service -> service.when().stream().flatMap(when -> when.keySet().stream()))
                .filter(key -> known.isPresent() && !known.get().contains(key))
                .findFirst()
                .map(key -> "a service of task " + task.name() + " has " + key
                        + " in when, which the task's matrix does not have");
    }

    /** Returns the keys of a task's matrix. Empty if the matrix is computed. */
    private static Optional<Set<String>> keys(TaskSpec task) {
        var matrix = task.matrix();
        if (matrix == null) {
            return Optional.of(Set.of());
        }
        return matrix.from() == null ? Optional.of(keys(matrix)) : Optional.empty();
    }

    private static Set<String> keys(MatrixSpec matrix) {
        var keys = new HashSet<>(matrix.axes().keySet());
        matrix.include().forEach(cell -> keys.addAll(cell.keySet()));
        return keys;
    }

    private static Stream<String> texts(TaskSpec task) {
        return Stream.of(
                        task.command().stream(),
                        task.env().values().stream(),
                        Stream.ofNullable(task.image()),
                        task.services().stream().flatMap(TaskRules::texts))
                .flatMap(texts -> texts);
    }

    private static Stream<String> texts(ServiceSpec service) {
        return Stream.of(
                        service.command().stream(),
                        service.env().values().stream(),
                        service.ready().command().stream(),
                        Stream.of(service.image()))
                .flatMap(texts -> texts);
    }
}
