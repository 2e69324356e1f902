/**
 * Decides which run holds a cache volume, its seed, and which generations and snapshots are retained. Pure.
 * Depends on {@code api}, {@code core.glob}, {@code core.isolation},
 * {@code core.plan}, {@code core.ref}, {@code core.status},
 * {@code core.text}.
 */
@NullMarked
package dev.hearth.core.buildcache;

import org.jspecify.annotations.NullMarked;
