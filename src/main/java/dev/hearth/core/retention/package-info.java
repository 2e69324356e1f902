/**
 * Decides which cache scopes and finished runs are deleted. Pure. Depends on {@code api}, {@code core.ref},
 * {@code core.text}.
 */
@NullMarked
package dev.hearth.core.retention;

import org.jspecify.annotations.NullMarked;
