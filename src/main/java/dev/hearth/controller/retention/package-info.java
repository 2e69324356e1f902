/**
 * Lists what retention decides about, and evicts cache scopes. Depends on {@code api}, {@code audit}, {@code cluster},
 * {@code controller.metrics}, {@code controller.support}, {@code core.retention}, {@code core.status},
 * {@code core.text}.
 */
@NullMarked
package dev.hearth.controller.retention;

import org.jspecify.annotations.NullMarked;
