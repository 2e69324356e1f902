/**
 * Checks which isolation, user namespaces and network policies the cluster supports, and remembers the results. Depends
 * on {@code api}, {@code buildkit}, {@code cluster}, {@code cluster.preflight}, {@code config}, {@code core.isolation},
 * {@code core.status}, {@code pod}, {@code pod.preflight}.
 */
@NullMarked
package dev.hearth.controller.preflight;

import org.jspecify.annotations.NullMarked;
