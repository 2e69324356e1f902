/**
 * Builds the pods of preflights. Pure. Depends on {@code api}, {@code buildkit}, {@code core.buildcache},
 * {@code core.isolation}, {@code core.plan}, {@code pod}, {@code pod.build}, {@code pod.task}.
 */
@NullMarked
package dev.hearth.pod.preflight;

import org.jspecify.annotations.NullMarked;
