/**
 * Finds objects of Hearth that have lost their owner, and removes them. Depends on {@code api}, {@code cluster},
 * {@code cluster.storage}, {@code config}, {@code controller.support}, {@code core.status}, {@code core.sweep}.
 */
@NullMarked
package dev.hearth.controller.sweep;

import org.jspecify.annotations.NullMarked;
