/**
 * What all controllers share: status writer, background work, owner references, indexes of the watches. Depends on
 * {@code api}, {@code cluster}, {@code cluster.storage}, {@code core.plan}, {@code core.ref}, {@code core.status},
 * {@code pod}.
 */
@NullMarked
package dev.hearth.controller.support;

import org.jspecify.annotations.NullMarked;
