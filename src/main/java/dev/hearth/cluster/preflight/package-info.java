/**
 * Runs the pods of preflights, and deletes them again. Depends on {@code api}, {@code cluster},
 * {@code config}, {@code core.isolation}, {@code core.status}, {@code pod}, {@code pod.observe}, {@code pod.preflight}.
 */
@NullMarked
package dev.hearth.cluster.preflight;

import org.jspecify.annotations.NullMarked;
