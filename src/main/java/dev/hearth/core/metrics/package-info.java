/**
 * Derives what is counted about caches from their statuses. Pure. Depends on {@code api}, {@code core.buildcache},
 * {@code core.status}, {@code core.text}.
 */
@NullMarked
package dev.hearth.core.metrics;

import org.jspecify.annotations.NullMarked;
