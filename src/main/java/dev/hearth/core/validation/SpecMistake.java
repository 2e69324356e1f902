package dev.hearth.core.validation;

import dev.hearth.core.status.StatusReason;

/**
 * A mistake in a spec that its schema cannot find.
 *
 * @param field where it is, such as {@code spec.tasks[0].needs}
 * @param why what is wrong, and what to do
 */
public record SpecMistake(String field, StatusReason why) {}
