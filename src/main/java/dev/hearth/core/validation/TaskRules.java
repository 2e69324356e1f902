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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
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
    public static Optional<FieldMistake> mistake(PipelineSpec spec) {
        return IntStream.range(0, spec.tasks().size())
                .boxed()
                .flatMap(at -> mistakes("spec.tasks[" + at + "]", spec.tasks().get(at)))
                .findFirst()
                .or(() -> tooMany(spec).map(problem -> new FieldMistake("spec.tasks", problem)));
    }

    private static Stream<FieldMistake> mistakes(String field, TaskSpec task) {
        return Stream.of(
                        invalidKey(task).map(at(field + ".matrix")),
                        tooLarge(task).map(at(field + ".matrix")),
                        empty(task).map(at(field + ".matrix")),
                        unknownPlaceholder(field, task),
                        unreachableService(task).map(at(field + ".services")),
                        ReportFolders.problem(task).map(at(field)),
                        CacheFolderRules.problem(task).map(at(field + ".caches")),
                        WindowsTaskRules.problem(task).map(at(field)))
                .flatMap(Optional::stream);
    }

    private static Function<String, FieldMistake> at(String field) {
        return problem -> new FieldMistake(field, problem);
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

    private static Optional<FieldMistake> unknownPlaceholder(String field, TaskSpec task) {
        var known = keys(task);
        return known.isEmpty()
                ? Optional.empty()
                : texts(field, task)
                        .flatMap(text -> unknownPlaceholder(task, known.get(), text.value())
                                .map(problem -> new FieldMistake(text.field(), problem)))
                        .findFirst();
    }

    private static Stream<String> unknownPlaceholder(TaskSpec task, Set<String> known, String text) {
        return Template.names(text).stream()
                .filter(name -> name.startsWith(MATRIX) && !known.contains(name.substring(MATRIX.length())))
                .map(name -> "task " + task.name() + " uses {" + name + "}, which its matrix does not have"
                        + (known.isEmpty() ? "" : ": it has " + String.join(", ", known)));
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

    /** A text with placeholders, and its field. */
    private record Text(String field, String value) {}

    private static Stream<Text> texts(String field, TaskSpec task) {
        return Stream.of(
                        listed(field + ".command", task.command()),
                        named(field + ".env", task.env()),
                        Stream.ofNullable(task.image()).map(image -> new Text(field + ".image", image)),
                        IntStream.range(0, task.services().size())
                                .boxed()
                                .flatMap(at -> texts(
                                        field + ".services[" + at + "]",
                                        task.services().get(at))))
                .flatMap(texts -> texts);
    }

    private static Stream<Text> texts(String field, ServiceSpec service) {
        return Stream.of(
                        listed(field + ".command", service.command()),
                        named(field + ".env", service.env()),
                        listed(field + ".ready.command", service.ready().command()),
                        Stream.of(new Text(field + ".image", service.image())))
                .flatMap(texts -> texts);
    }

    private static Stream<Text> listed(String field, List<String> texts) {
        return IntStream.range(0, texts.size()).mapToObj(at -> new Text(field + "[" + at + "]", texts.get(at)));
    }

    private static Stream<Text> named(String field, Map<String, String> texts) {
        return texts.entrySet().stream().map(entry -> new Text(field + "[" + entry.getKey() + "]", entry.getValue()));
    }
}
