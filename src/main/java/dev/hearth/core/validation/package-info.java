/**
 * Finds mistakes in a pipeline that its schema cannot find. Pure. Depends on {@code api}, {@code core.folder},
 * {@code core.glob}, {@code core.plan}, {@code core.status}, {@code core.text}.
 */
@NullMarked
package dev.hearth.core.validation;

import org.jspecify.annotations.NullMarked;
