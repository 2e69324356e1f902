/**
 * Reads the state of a step from its pod. Pure. Depends on {@code agent}, {@code api}, {@code buildkit}, {@code core.isolation},
 * {@code core.network}, {@code core.run}, {@code core.status}, {@code core.text}, {@code pod}, {@code pod.build},
 * {@code pod.preflight}, {@code pod.registry}, {@code pod.task}.
 */
@NullMarked
package dev.hearth.pod.observe;

import org.jspecify.annotations.NullMarked;
