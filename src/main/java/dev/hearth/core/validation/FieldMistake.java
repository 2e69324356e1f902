package dev.hearth.core.validation;

/**
 * What is wrong with a field of a spec, and what to do.
 *
 * @param field such as {@code spec.tasks[0].image}
 */
public record FieldMistake(String field, String problem) {
    @Override
    public String toString() {
        return field + ": " + problem;
    }
}
