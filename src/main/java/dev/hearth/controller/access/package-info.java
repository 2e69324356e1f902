/**
 * Decides which Secrets, registries, repositories and pod features a pipeline may use. Depends on {@code api},
 * {@code authority}, {@code cluster}, {@code cluster.storage}, {@code config}, {@code core.forge}, {@code core.secret},
 * {@code core.status}, {@code destination}, {@code forge}, {@code git}, {@code pod}.
 */
@NullMarked
package dev.hearth.controller.access;

import org.jspecify.annotations.NullMarked;
