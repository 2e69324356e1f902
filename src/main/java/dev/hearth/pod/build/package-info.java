/**
 * Builds the pod in which all solves of a run and platform run. Pure. Depends on {@code agent}, {@code api}, {@code buildkit},
 * {@code core.buildcache}, {@code core.plan}, {@code pod}.
 */
@NullMarked
package dev.hearth.pod.build;

import org.jspecify.annotations.NullMarked;
