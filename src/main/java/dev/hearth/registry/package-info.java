/**
 * Reads and writes images, image indexes and artifacts in registries. Depends on {@code budget},
 * {@code http}.
 */
@NullMarked
package dev.hearth.registry;

import org.jspecify.annotations.NullMarked;
