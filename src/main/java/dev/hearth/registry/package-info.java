/**
 * Reads and writes images, image indexes and artifacts in registries. The only user of an HTTP client. Depends on
 * {@code budget}, {@code destination}.
 */
@NullMarked
package dev.hearth.registry;

import org.jspecify.annotations.NullMarked;
