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
 * Finds what the schema cannot: placeholders that no leg has a value for, matrices that are too large, and folders that a
 * task cannot give away.
 */
public final class TaskRules {
    private static final String MATRIX = "matrix.";

    private TaskRules() {}

    /** A sentence on the first mistake; empty if there is none, or it can only be seen once a list has been computed. */
    public static Optional<String> mistake(PipelineSpec spec) {
        return spec.tasks().stream()
                .flatMap(task -> Stream.of(
                                misnamed(task),
                                tooLarge(task),
                                withoutLegs(task),
                                unknown(task),
                                unreachable(task),
                                ReportFolders.problem(task),
                                CacheFolderRules.problem(task),
                                WindowsTaskRules.problem(task))
                        .flatMap(Optional::stream))
                .findFirst()
                .or(() -> tooMany(spec));
    }

    /** What the schema cannot check within its budget. */
    private static Optional<String> misnamed(TaskSpec task) {
        var matrix = task.matrix();
        if (matrix == null) {
            return Optional.empty();
        }
        return keys(matrix).stream()
                .filter(key -> !key.matches("[a-z][A-Za-z0-9]*"))
                .findFirst()
                .map(key -> "the matrix of task " + task.name() + " has the name " + key
                        + ": it has to be of letters and digits and to begin with a small letter, so that {matrix."
                        + key
                        + "} can be written")
                .or(() -> matrix.exclude().stream()
                        .flatMap(entry -> entry.keySet().stream())
                        .filter(key -> !matrix.axes().containsKey(key))
                        .findFirst()
                        .map(key -> "the matrix of task " + task.name() + " has " + key
                                + " in exclude, which is none of its axes"));
    }

    private static Optional<String> tooLarge(TaskSpec task) {
        return Optional.ofNullable(task.matrix())
                .filter(matrix -> MatrixExpansion.count(matrix) > MatrixExpansion.MAX_CELLS)
                .map(matrix -> "the matrix of task " + task.name() + " has " + MatrixExpansion.count(matrix)
                        + " legs, and a run has " + MatrixExpansion.MAX_CELLS
                        + " at most: take values away, or make it several pipelines");
    }

    /** It would vanish from the run, and what needs it would run as if it had passed. */
    private static Optional<String> withoutLegs(TaskSpec task) {
        return Optional.ofNullable(task.matrix())
                .filter(matrix -> matrix.from() == null && MatrixExpansion.isEmpty(matrix))
                .map(matrix -> "the matrix of task " + task.name() + " has no legs, because "
                        + (matrix.axes().values().stream().anyMatch(List::isEmpty)
                                ? "an axis has no values: give it at least one"
                                : "exclude takes out every combination: remove entries from exclude")
                        + ", or remove the task");
    }

    private static Optional<String> tooMany(PipelineSpec spec) {
        var legs = spec.tasks().stream()
                .mapToInt(task -> MatrixExpansion.listed(task).size())
                .sum();
        return legs > MatrixExpansion.MAX_CELLS
                ? Optional.of(
                        "the tasks have " + legs + " legs together, and a run has " + MatrixExpansion.MAX_CELLS + " at most")
                : Optional.empty();
    }

    private static Optional<String> unknown(TaskSpec task) {
        var known = keys(task);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        return texts(task)
                .flatMap(text -> Template.names(text).stream())
                .filter(name -> name.startsWith(MATRIX) && !known.get().contains(name.substring(MATRIX.length())))
                .findFirst()
                .map(name -> "task " + task.name() + " uses {" + name + "}, which no leg of its matrix has"
                        + (known.get().isEmpty() ? "" : ": there are " + String.join(", ", known.get())));
    }

    /** A condition on a value that no leg has would silently leave the service out. */
    private static Optional<String> unreachable(TaskSpec task) {
        var known = keys(task);
        return task.services().stream()
                .flatMap(service -> service.when().stream().flatMap(when -> when.keySet().stream()))
                .filter(key -> known.isPresent() && !known.get().contains(key))
                .findFirst()
                .map(key -> "a service of task " + task.name() + " has " + key
                        + " in when, which no leg of the task's matrix has");
    }

    /** Empty for what is only known once a list has been computed. */
    private static Optional<Set<String>> keys(TaskSpec task) {
        var matrix = task.matrix();
        if (matrix == null) {
            return Optional.of(Set.of());
        }
        return matrix.from() == null ? Optional.of(keys(matrix)) : Optional.empty();
    }

    private static Set<String> keys(MatrixSpec matrix) {
        var keys = new HashSet<>(matrix.axes().keySet());
        matrix.include().forEach(leg -> keys.addAll(leg.keySet()));
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
