/**
 * Decides which cache scopes and finished runs are deleted. Pure. Depends on {@code api}, {@code core.buildcache},
 * {@code core.plan}, {@code core.ref}, {@code core.status}, {@code core.text}.
 */
@NullMarked
package dev.hearth.core.retention;

import org.jspecify.annotations.NullMarked;
