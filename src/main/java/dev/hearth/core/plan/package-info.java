/**
 * Computes the plan of a run: its steps, their dependencies, object names and artifact keys. Pure. Depends on
 * {@code api}, {@code core.glob}, {@code core.ref}.
 */
@NullMarked
package dev.hearth.core.plan;

import org.jspecify.annotations.NullMarked;
