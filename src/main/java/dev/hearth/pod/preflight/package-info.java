/**
 * Builds the pods of preflights. Pure. Depends on {@code agent}, {@code api}, {@code buildkit},
 * {@code core.isolation}, {@code core.plan}, {@code pod}, {@code pod.build}, {@code pod.task}.
 */
@NullMarked
package dev.hearth.pod.preflight;

import org.jspecify.annotations.NullMarked;
